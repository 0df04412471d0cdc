// The pictures of the propagation modes in docs/guides/images. `node scripts/docs/propagation-pictures.cjs` writes them;
// a test compares the committed files with what this module draws.
'use strict'

const { writeFileSync } = require('node:fs')
const { join } = require('node:path')

const FOLDER = join(__dirname, '..', '..', 'docs', 'guides', 'images')

// Times of a panel run from 0 to 100. The inner method runs in the middle of the outer one.
const WHOLE = [0, 100]
const INNER = [34, 66]
const ALONE = [16, 84]

const began = span => ({ kind: 'transaction', span, start: 'BEGIN', end: 'COMMIT' })
const begunBefore = began(WHOLE)
const joined = { kind: 'part', span: INNER, text: 'joined' }
const savepoint = { kind: 'savepoint', span: INNER, start: 'SAVEPOINT', end: 'RELEASE' }
const suspended = { kind: 'suspended', span: INNER, text: 'waits' }
const single = span => ({ kind: 'statements', span, text: 'each statement by itself' })
const refused = code => ({ kind: 'refused', span: INNER, text: code })

const inside = (...lanes) => ({ title: 'inside a transaction', outer: WHOLE, inner: INNER, lanes })
const alone = (...lanes) => ({ title: 'no transaction is active', outer: undefined, inner: ALONE, lanes })

/** Each mode: what its picture says in words, and its two panels. */
const MODES = {
  REQUIRED: {
    words: 'Without an active transaction the method begins one; inside one it joins it, and the outer method commits.',
    panels: [alone([began(ALONE)]), inside([begunBefore, joined])],
  },
  REQUIRES_NEW: {
    words: 'The method always begins a transaction of its own, on another connection; the outer one waits meanwhile.',
    panels: [alone([began(ALONE)]), inside([begunBefore, suspended], [began(INNER)])],
  },
  NESTED: {
    words: 'Inside a transaction the method runs in a savepoint of it; without one it begins a transaction.',
    panels: [alone([began(ALONE)]), inside([begunBefore, savepoint])],
  },
  SUPPORTS: {
    words: 'The method joins a transaction that is active; without one, each statement is stored by itself.',
    panels: [alone([single(ALONE)]), inside([begunBefore, joined])],
  },
  MANDATORY: {
    words: 'The method joins a transaction that is active; without one it is refused.',
    panels: [
      { ...alone([{ ...refused('AMBIT_TX_MANDATORY'), span: ALONE }]), refusedInner: true },
      inside([begunBefore, joined]),
    ],
  },
  NOT_SUPPORTED: {
    words: 'The method runs without a transaction; one that is active waits meanwhile.',
    panels: [alone([single(ALONE)]), inside([begunBefore, suspended], [{ ...single(INNER), text: '' }])],
  },
  NEVER: {
    words: 'The method runs without a transaction, and is refused inside one, which goes on.',
    panels: [alone([single(ALONE)]), { ...inside([begunBefore, refused('AMBIT_TX_NEVER')]), refusedInner: true }],
  },
}

const WIDTH = 760
const PANEL = { left: [164, 474], width: 262 }
const ROW = { first: 58, height: 26, step: 46 }
const COLOUR = {
  ink: '#1f2933',
  quiet: '#616e7c',
  method: '#d9e2ec',
  transaction: '#2f6fb7',
  nested: '#7a4fb5',
  bad: '#c0352b',
}

function picture(mode) {
  const { words, panels } = MODES[mode]
  const lanes = Math.max(...panels.map(panel => panel.lanes.length))
  const height = ROW.first + ROW.step * (2 + lanes) + 8
  const body = [...labels(lanes), ...panels.flatMap((panel, index) => drawPanel(panel, PANEL.left[index]))]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title words" font-family="system-ui, sans-serif" font-size="12">`,
    `<title id="title">${mode}</title>`,
    `<desc id="words">${words}</desc>`,
    `<rect width="${WIDTH}" height="${height}" rx="8" fill="#ffffff"/>`,
    `<text x="16" y="28" font-size="15" font-weight="600" fill="${COLOUR.ink}">${mode}</text>`,
    ...body,
    '</svg>',
    '',
  ].join('\n')
}

function labels(lanes) {
  const rows = ['outer()', 'inner()', ...Array.from({ length: lanes }, (_, index) => `connection ${index + 1}`)]
  return rows.map((label, row) => text(16, middle(row), label, { fill: COLOUR.quiet }))
}

function drawPanel(panel, left) {
  const at = time => left + (time / 100) * PANEL.width
  const drawn = [text(left, 28, panel.title, { fill: COLOUR.quiet })]
  if (panel.outer) drawn.push(bar(at, 0, panel.outer, { fill: COLOUR.method }))
  const innerStyle = panel.refusedInner ? { fill: 'none', stroke: COLOUR.bad, dash: true } : { fill: COLOUR.method }
  drawn.push(bar(at, 1, panel.inner, innerStyle))
  if (panel.refusedInner) drawn.push(centred(at, 1, panel.inner, 'does not run', COLOUR.bad))
  panel.lanes.forEach((lane, index) => drawn.push(...lane.flatMap(item => DRAW[item.kind](at, index + 2, item))))
  return drawn
}

const DRAW = {
  transaction: (at, row, { span, start, end }) => [
    bar(at, row, span, { fill: COLOUR.transaction, opacity: 0.18, stroke: COLOUR.transaction }),
    text(at(span[0]), below(row), start, { fill: COLOUR.transaction, size: 10 }),
    text(at(span[1]), below(row), end, { fill: COLOUR.transaction, size: 10, anchor: 'end' }),
  ],
  part: (at, row, { span, text: words }) => [
    bar(at, row, span, { fill: COLOUR.transaction, opacity: 0.45 }),
    centred(at, row, span, words, COLOUR.ink),
  ],
  savepoint: (at, row, { span, start, end }) => [
    bar(at, row, span, { fill: COLOUR.nested, opacity: 0.35, stroke: COLOUR.nested, inset: 4 }),
    text(at(span[0]) - 12, below(row), start, { fill: COLOUR.nested, size: 10 }),
    text(at(span[1]) + 12, below(row), end, { fill: COLOUR.nested, size: 10, anchor: 'end' }),
  ],
  suspended: (at, row, { span, text: words }) => [
    bar(at, row, span, { fill: '#ffffff', stroke: COLOUR.transaction, dash: true }),
    centred(at, row, span, words, COLOUR.quiet),
  ],
  statements: (at, row, { span, text: words }) => {
    const [from, to] = span
    const times = [1, 2, 3].map(part => from + ((to - from) * part) / 4)
    return [
      ...times.map(
        time => `<circle cx="${round(at(time))}" cy="${middle(row) - 4}" r="6" fill="${COLOUR.transaction}"/>`,
      ),
      text(at(from), below(row), words, { fill: COLOUR.quiet, size: 10 }),
    ]
  },
  // The code of the refusal stands below the method, not on the connection.
  refused: (at, row, { span, text: words }) => [
    text(at((span[0] + span[1]) / 2), below(row - 1), words, { fill: COLOUR.bad, size: 10, anchor: 'middle' }),
  ],
}

const top = row => ROW.first - 14 + row * ROW.step
const middle = row => top(row) + ROW.height / 2 + 4
const below = row => top(row) + ROW.height + 11
const round = value => Math.round(value * 10) / 10

function bar(at, row, [from, to], { fill, stroke = 'none', opacity = 1, dash = false, inset = 0 }) {
  const x = round(at(from))
  const width = round(at(to) - at(from))
  const dashed = dash ? ' stroke-dasharray="4 3"' : ''
  return `<rect x="${x}" y="${top(row) + inset}" width="${width}" height="${ROW.height - 2 * inset}" rx="4" fill="${fill}" fill-opacity="${opacity}" stroke="${stroke}"${dashed}/>`
}

function centred(at, row, [from, to], words, fill) {
  return text(at((from + to) / 2), middle(row), words, { fill, anchor: 'middle', size: 11 })
}

function text(x, y, words, { fill, size = 12, anchor = 'start' }) {
  return `<text x="${round(x)}" y="${y}" font-size="${size}" text-anchor="${anchor}" fill="${fill}">${words}</text>`
}

const fileOf = mode => join(FOLDER, `propagation-${mode.toLowerCase().replaceAll('_', '-')}.svg`)

module.exports = { modes: Object.keys(MODES), wordsOf: mode => MODES[mode].words, fileOf, picture }

if (require.main === module) for (const mode of Object.keys(MODES)) writeFileSync(fileOf(mode), picture(mode))
