import { CASES, problemsOf } from './contract'

describe('a skip list', () => {
  const [first = { name: '' }] = CASES

  it('names cases that there are, with a reason each', () => {
    expect(problemsOf(CASES, { [first.name]: 'it has nothing of that kind' })).toEqual([])
    expect(problemsOf(CASES, {})).toEqual([])
  })

  it('is wrong where it names no case, or gives no reason', () => {
    expect(problemsOf(CASES, { 'flies to the moon': 'there is no air in between' })).toEqual([
      "no case is called 'flies to the moon'",
    ])
    expect(problemsOf(CASES, { [first.name]: '  ' })).toEqual([`'${first.name}' is skipped without a reason`])
  })

  it('can tell two cases apart', () => {
    expect(problemsOf([{ name: 'a' }, { name: 'a' }], {})).toEqual(["two cases are called 'a'"])
    expect(CASES.length).toBeGreaterThan(60)
  })
})
