export { FakeTransaction } from '../../src/testing/fake/fake-transaction'
