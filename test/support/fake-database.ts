export { FakeDatabaseError } from '../../src/testing/fake/fake-database'
