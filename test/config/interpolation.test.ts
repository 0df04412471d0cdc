import fc from 'fast-check'
import { flatSource, jsonFile, objectSource, Setting, Settings, yamlFile } from 'ambit'
import { parseTemplate } from '../../src/config/template'
import { bind, brief, file, load, problemsOf, removeFiles, textOf } from './support'

afterEach(removeFiles)

const VARIABLES = {
  HOST: 'smtp.example',
  EMPTY: '',
  PORT: '25',
  LIST: 'a,b',
  SECRET: 'hunter2',
  TEMPLATE: '${ENV:HOST}',
}
const templates = (tree: object) => objectSource(tree, { interpolate: true, variables: VARIABLES })
const valueOf = async (text: string, more: object = {}) => (await load([templates({ ...more, it: text })])).get('it')
const problemOf = async (text: string, more: object = {}) => brief(await problemsOf([templates({ ...more, it: text })]))

describe('placeholders', () => {
  it.each([
    ['${ENV:HOST}', 'smtp.example'],
    ['smtp://${ENV:HOST}:${ENV:PORT}/', 'smtp://smtp.example:25/'],
    ['${ENV:EMPTY}', ''],
    ['${ENV:NOTHING:-default}', 'default'],
    ['${ENV:EMPTY:-default}', 'default'],
    ['${ENV:HOST:-default}', 'smtp.example'],
    ['${ENV:NOTHING:-}', ''],
    ['<${ENV:NOTHING:-}>', '<>'],
    ['${ENV:NOTHING:-${ENV:ALSO_NOTHING:-${ENV:HOST}}}', 'smtp.example'],
    ['${ENV:NOTHING:-a:-b}', 'a:-b'],
    ['${ENV:NOTHING:-$${x}}', '${x}'],
    ['x ${ENV:toString:-fallback}', 'x fallback'],
    ['${ENV:constructor:-fallback}', 'fallback'],
    ['x ${ENV:__proto__:-fallback}', 'x fallback'],
    ['${env:HOST}', 'smtp.example'],
    ['$${ENV:HOST}', '${ENV:HOST}'],
    ['$$${ENV:HOST}', '$${ENV:HOST}'],
    ['$ { $x } 5$ }{', '$ { $x } 5$ }{'],
    ['${ref:a.text}', 'A'],
    ['${ref:a.text}-${ref:a.number}-${ref:a.on}', 'A-1-true'],
    ['${ref:a.list[1]}', 'y'],
    ["${ref:a['dotted.key']}", 'D'],
    ['${ref:gone:-x}', 'x'],
    ['${ref:a.nothing:-x}', 'x'],
    ['<${ref:a.nothing}>', '<>'],
    ['${ref:a.chain}', 'A'],
    ['${ref:alias.text}', 'A'],
    ['${ref:alias.list[0]}', 'x'],
    ['${ref:alias.gone:-none}', 'none'],
  ])('PI-49, PI-55: %s is %s', async (text, expected) => {
    const a = { text: 'A', number: 1, on: true, list: ['x', 'y'], nothing: null, chain: '${ref:b}', 'dotted.key': 'D' }
    expect(await valueOf(text, { a, b: '${ref:a.text}', alias: '${ref:a}' })).toBe(expected)
  })

  it('PI-49: alone, stand for lists, maps and numbers', async () => {
    const configuration = await load([templates({ a: { x: [1, '${ENV:PORT}'] }, b: '${ref:a}', n: 5, m: '${ref:n}' })])
    expect(configuration.get('b')).toEqual({ x: [1, '25'] })
    expect(configuration.get('m')).toBe(5)
  })

  it('PI-49: refer to what all sources say together', async () => {
    const first = templates({ url: 'http://${ref:host}', host: 'first' })
    expect((await load([first, { host: 'last' }])).get('url')).toBe('http://last')
  })

  it('PI-49: are coerced as texts of variables are', async () => {
    @Settings('')
    class Typed {
      @Setting() readonly port!: number
      @Setting({ list: String }) readonly list!: readonly string[]
    }
    expect(await bind(Typed, [templates({ port: '${ENV:PORT}', list: '${ENV:LIST}' })])).toEqual({
      port: 25,
      list: ['a', 'b'],
    })
  })

  it('PI-55: are left alone in numbers, booleans and null', async () => {
    const tree = { n: 1, b: false, z: null, list: [1, true] }
    expect((await load([templates({ tree })])).get('tree')).toEqual(tree)
  })

  it('PI-55: are replaced in files unless that is switched off, and in code only where it is switched on', async () => {
    const path = file('app.json', '{ "a": "${ENV:HOST}" }')
    const yaml = file('app.yaml', 'a: ${ENV:HOST}')
    const value = async (source: Parameters<typeof load>[0]) => (await load(source)).get('a')
    expect(await value([jsonFile(path, { variables: VARIABLES })])).toBe('smtp.example')
    expect(await value([yamlFile(yaml, { variables: VARIABLES })])).toBe('smtp.example')
    expect(await value([jsonFile(path, { interpolate: false })])).toBe('${ENV:HOST}')
    expect(await value([{ a: '${ENV:HOST}' }])).toBe('${ENV:HOST}')
  })

  it('are not looked for in what they stand for: a value from outside is no template', async () => {
    expect(await valueOf('${ENV:TEMPLATE}')).toBe('${ENV:HOST}')
    const configuration = await load([
      flatSource({ RAW: '${ENV:HOST}' }, { prefix: '' }),
      templates({ it: '${ref:raw:-none}' }),
    ])
    expect(configuration.get('it')).toBe('none')
    expect((await load([{ raw: '${ENV:HOST}' }, templates({ it: '${ref:raw}' })])).get('it')).toBe('${ENV:HOST}')
  })
})

describe('placeholders are refused', () => {
  it.each([
    ['${ENV:NOTHING}', 'names the variable NOTHING, which is not set'],
    ['${ref:gone}', 'refers to gone, which no source has'],
    ['${HOST}', "holds '${' that begins no placeholder"],
    ['${HOST:default}', "holds '${' that begins no placeholder"],
    ['${file:x}', "holds '${' that begins no placeholder"],
    ['${ENV:}', "holds '${' that begins no placeholder"],
    ['${ENV: HOST}', "holds '${' that begins no placeholder"],
    ['${ENV:HOST', "holds a '${' whose '}' is missing"],
    ['${ENV:HOST:-x', "holds a '${' whose '}' is missing"],
    ['${ENV:A:-${ENV:B}', "holds a '${' whose '}' is missing"],
    ['x ${ref:map}', 'puts a list or a map into a text'],
    ['${ref:it}', 'leads back to itself: it -> it'],
  ])('PI-49: %s', async (text, fault) => {
    expect(await problemOf(text, { map: { a: 1 } })).toEqual([`INTERPOLATION it: it ${fault}.`])
  })

  it('PI-W18: in a circle, with its path, each circle once', async () => {
    const tree = { a: { x: '${ref:b}' }, b: { y: '${ref:c.z}' }, c: { z: '<${ref:a.x}>' } }
    expect(brief(await problemsOf([templates(tree)]))).toEqual([
      'INTERPOLATION c.z: c.z leads back to itself: a.x -> b.y -> c.z -> a.x.',
    ])
    expect(brief(await problemsOf([templates({ a: '${ref:b}', b: { x: '${ref:a.x}' } })]))).toEqual([
      'INTERPOLATION b.x: b.x leads back to itself: a -> b.x -> a.x.',
    ])
    expect(brief(await problemsOf([templates({ a: { b: '${ref:a}' } })]))).toEqual([
      'INTERPOLATION a.b: a.b leads back to itself: a.b -> a.',
    ])
  })

  it('PI-W24: all at once, and what they stand for is not called wrong besides', async () => {
    @Settings('')
    class Typed {
      @Setting() readonly port!: number
      @Setting() readonly host!: string
      @Setting() readonly size!: number
    }
    const problems = await problemsOf([templates({ port: '${ENV:A}', host: '${ref:b}', size: 'x' })], Typed)
    expect(brief(problems).map(text => text.slice(0, 20))).toEqual([
      'INTERPOLATION port: ',
      'INTERPOLATION host: ',
      'VALUE size: size is ',
    ])
    expect(problems[0]?.next).toBe('Set A, or write a fallback: ${ENV:A:-…}.')
  })

  it('PI-W26: and show no value', async () => {
    @Settings('')
    class Typed {
      @Setting() readonly port!: number
    }
    const problems = await problemsOf([templates({ port: 'x${ENV:SECRET}' }), templates({ a: 'hunter2 ${' })], Typed)
    expect(problems.map(({ path, source }) => [path, source])).toEqual([
      ['a', 'objectSource'],
      ['a', 'objectSource'], // no class knows it, besides
      ['port', 'objectSource'],
    ])
    expect(textOf(problems)).not.toContain('hunter2')
  })

  it('name the variable that a wrong value came from', async () => {
    @Settings('')
    class Typed {
      @Setting() readonly port!: number
    }
    const path = file('app.yaml', '\nport: ${ENV:HOST}')
    const [problem] = await problemsOf([yamlFile(path, { variables: VARIABLES })], Typed)
    expect(problem?.source).toBe(`environment variable HOST (${path}, line 2)`)
  })
})

/** As the guide has it: a `${` that means nothing is written `$${`. */
const escaped = (text: string) => text.replaceAll('${', () => '$${')

describe('templates', () => {
  const texts = fc
    .array(fc.constantFrom('$', '{', '}', '${', '$${', 'ENV:', 'A', ':-', 'ref:', ' '))
    .map(parts => parts.join(''))

  it('PI-49: every text has a template that stands for it', () => {
    fc.assert(
      fc.property(texts, text => {
        const template = parseTemplate(escaped(text))
        expect(template).toEqual(text === '' ? [''] : [text])
      }),
    )
  })

  it('PI-49: and so it does when it is loaded, alone and between others', async () => {
    await fc.assert(
      fc.asyncProperty(texts, async text => {
        expect(await valueOf(escaped(text))).toBe(text)
        expect(await valueOf(`\${ENV:HOST}${escaped(text)}`)).toBe(`smtp.example${text}`)
      }),
    )
  })

  it('are either understood or refused, whatever they are, and never throw', () => {
    fc.assert(
      fc.property(texts, text => {
        const parsed = parseTemplate(text)
        expect('fault' in parsed || Array.isArray(parsed)).toBe(true)
      }),
    )
  })

  it('of great depth are understood', async () => {
    const deep = `${'${ENV:NO:-'.repeat(500)}x${'}'.repeat(500)}`
    expect(await valueOf(deep)).toBe('x')
  })
})
