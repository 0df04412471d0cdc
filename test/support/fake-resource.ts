// The public fake; its own name here, because most tests of the engine run on it.
export { type FakeOptions, FakeResource, type Latch } from '../../src/testing/fake/fake-resource'
