import { existsSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitepress'

const docs = resolve(dirname(fileURLToPath(import.meta.url)), '../../docs')
const repository = dirname(docs)

/** The anchors of headings as GitHub makes them, so that one link serves both. */
const slugify = (heading) =>
  heading.trim().toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-')

/** Whether a link leads to a file of the repository that is no page of the site. */
function outside(href, page) {
  if (/^([a-z]+:|#|\/)/.test(href)) return false
  const target = resolve(dirname(page), decodeURI(href.split('#')[0]))
  const isPage = target.endsWith('.md') && !relative(docs, target).startsWith('..')
  return !isPage && existsSync(target)
}

/** Shows such links as names of files. What leads nowhere stays a link, and the build refuses it. */
function filesAsNames(md) {
  md.core.ruler.push('files-as-names', (state) => {
    for (const token of state.tokens) {
      const open = []
      for (const child of token.children ?? []) {
        if (child.type === 'link_open') {
          const href = child.attrGet('href')
          open.push(outside(href, state.env.path))
          if (open.at(-1)) {
            child.tag = 'span'
            const file = relative(repository, resolve(dirname(state.env.path), decodeURI(href.split('#')[0])))
            child.attrs = [['class', 'repository-file'], ['title', `in the repository: ${file}`]]
            child.type = 'file_open'
          }
        } else if (child.type === 'link_close' && open.pop()) {
          child.tag = 'span'
          child.type = 'file_close'
        }
      }
    }
  })
}

/** Indented blocks look like the others, without colours. */
function indentedAsOthers(md) {
  md.core.ruler.push('indented-as-others', (state) => {
    for (const token of state.tokens) {
      if (token.type === 'code_block') Object.assign(token, { type: 'fence', info: 'text' })
    }
  })
}

/** The pages lie outside of this folder, so they do not find its packages by themselves. */
const packagesOfTheSite = {
  name: 'packages-of-the-site',
  enforce: 'pre',
  resolveId(source, importer) {
    return /^vue(\/|$)/.test(source) && importer?.startsWith(docs)
      ? this.resolve(source, fileURLToPath(import.meta.url))
      : null
  },
}

const pages = (folder, items) => items.map(([text, name]) => ({ text, link: `/${folder}${name}` }))

const guide = [
  {
    text: 'Train',
    items: pages('guide/', [
      ['Your own table', 'start'],
      ['Scores and pairs', 'scores'],
      ['Several labels a text', 'labels'],
      ['Ranking', 'ranking'],
      ['Names in texts', 'names'],
      ['Several tasks at once', 'tasks'],
      ['Generated texts', 'generation'],
    ]),
  },
  {
    text: 'Choose',
    items: pages('guide/', [
      ['The defaults, and why', 'defaults'],
      ['Base models', 'models'],
      ['Methods', 'methods'],
      ['Compare methods', 'comparing'],
      ['How good and how sure', 'certainty'],
      ['Speed', 'speed'],
    ]),
  },
  {
    text: 'Use',
    items: pages('guide/', [
      ['The Java library', 'java'],
      ['A server', 'server'],
      ['Exchange with Python', 'python'],
      ['Follow a training', 'following'],
      ['Studies and reports', 'studies'],
    ]),
  },
]

const reference = {
  text: 'Reference',
  items: pages('reference/', [
    ['Commands', 'commands'],
    ['Methods', 'methods'],
    ['Settings', 'settings'],
    ['Architectures', 'models'],
    ['Files', 'files'],
  ]),
}

const evidence = {
  text: 'Evidence',
  items: pages('', [
    ['Results', 'results'],
    ['Speed and memory', 'performance'],
    ['Trust', 'trust'],
    ['Beyond one machine', 'scale'],
    ['Serving', 'serving'],
    ['Models of other libraries', 'formats'],
    ['Limits', 'limits'],
  ]),
}

export default defineConfig({
  lang: 'en',
  title: 'UniPELT for Java',
  description: 'Parameter-efficient tuning of pretrained language models on the JVM',
  srcDir: '../docs',
  vite: { plugins: [packagesOfTheSite] },
  markdown: { anchor: { slugify }, config: (md) => md.use(filesAsNames).use(indentedAsOthers) },
  themeConfig: {
    nav: [
      { text: 'Guide', link: '/guide/start', activeMatch: '/guide/' },
      { text: 'Reference', link: '/reference/commands', activeMatch: '/reference/' },
      { text: 'Evidence', items: evidence.items },
    ],
    sidebar: [...guide, reference, evidence],
    outline: [2, 3],
    search: { provider: 'local' },
  },
})
