import { posix } from 'node:path'
import { isThere, page, type Page, pages } from './pages'

/** A link inside the repository, and where it stands. */
interface Link {
  readonly at: string
  readonly path: string
  readonly anchor: string
}

/** Whatever fences quote is no link. */
function linksOf({ path, text }: Page): readonly Link[] {
  const prose = text.replaceAll(/^```.*?^```/gms, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
    if (/^[a-z]+:/.test(target)) return []
    const [file = '', anchor = ''] = target.split('#')
    return { at: `${path} -> ${target}`, path: file === '' ? path : posix.join(posix.dirname(path), file), anchor }
  })
}

/** The anchors that GitHub makes of headings. */
function anchorsOf({ text }: Page): readonly string[] {
  const prose = text.replaceAll(/^```.*?^```/gms, '')
  return [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  )
}

describe('the links of the pages', () => {
  const links = pages().flatMap(linksOf)

  it('are found', () => {
    expect(links.length).toBeGreaterThan(40)
  })

  it('lead to files that are there', () => {
    expect(links.filter(({ path }) => !isThere(path)).map(({ at }) => at)).toEqual([])
  })

  it('lead to headings that are there', () => {
    const anchored = links.filter(({ path, anchor }) => anchor !== '' && path.endsWith('.md') && isThere(path))
    expect(anchored.filter(({ path, anchor }) => !anchorsOf(page(path)).includes(anchor)).map(({ at }) => at)).toEqual(
      [],
    )
  })

  it('reach every guide and every reference page from docs/README.md', () => {
    const reached = linksOf(page('docs/README.md')).map(({ path }) => path)
    const all = pages().map(({ path }) => path)
    expect(all.filter(path => path !== 'docs/README.md' && path !== 'README.md' && !reached.includes(path))).toEqual([])
  })
})

describe('the search for links', () => {
  const text = '# A b: `c`\n[x](b.md#d-e) [y](https://example.org)\n```sh\n# no\n[z](no.md)\n```\n'

  it('resolves them against their page, and leaves out the web and code', () => {
    expect(linksOf({ path: 'docs/guides/a.md', text })).toEqual([
      { at: 'docs/guides/a.md -> b.md#d-e', path: 'docs/guides/b.md', anchor: 'd-e' },
    ])
  })

  it('makes anchors as GitHub does', () => {
    expect(anchorsOf({ path: 'a.md', text })).toEqual(['a-b-c'])
  })
})
