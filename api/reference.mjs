/**
 * Writes docs/reference/ from the docstrings, as the build's declarations carry them: `npm run docs:reference`.
 * A page an entry; a test makes them anew and compares.
 *
 *     node api/reference.mjs [FOLDER] [--unshown]     into docs/reference/, or another; names what no example shows
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const folder = resolve(process.argv.slice(2).find((word) => !word.startsWith('--')) ?? join(ROOT, 'docs', 'reference'))
const read = (path) => readFileSync(join(ROOT, path), 'utf8')

const { exports: manifest } = JSON.parse(read('package.json'))
const entries = Object.entries(manifest).filter(([, { types }]) => types !== undefined)
  .map(([entry, { types }]) => ({ name: `hello-negotiation${entry.slice(1)}`, page: `${entry === '.' ? 'index' : entry.slice(2).replaceAll('/', '-')}.md`, file: join(ROOT, types) }))

const program = ts.createProgram(entries.map(({ file }) => file), { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, types: ['node'], skipLibCheck: true })
const checker = program.getTypeChecker()

/** What a module exports, namespaces opened, by name. */
function exportsOf(moduleSymbol, prefix = '') {
  return checker.getExportsOfModule(moduleSymbol).flatMap((exported) => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
    const name = `${prefix}${exported.name}`
    return symbol.flags & ts.SymbolFlags.ValueModule ? exportsOf(symbol, `${name}.`) : [described(name, symbol)]
  }).sort((a, b) => (a.name < b.name ? -1 : 1))
}

function described(name, symbol) {
  const declarations = symbol.declarations ?? []
  const tags = symbol.getJsDocTags(checker)
  const tag = (wanted) => ts.displayPartsToString(tags.find(({ name }) => name === wanted)?.text)
  return {
    name,
    text: ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim(),
    example: tag('example').trim(),
    code: [...new Set(declarations.map(codeOf))].join('\n'),
    isFunction: declarations.some(ts.isFunctionDeclaration),
    source: relative(ROOT, declarations[0]?.getSourceFile().fileName ?? '').replace(/^dist\//, 'src/').replace(/\.d\.ts$/, '.ts'),
  }
}

/** A declaration as a reader needs it. */
function codeOf(declaration) {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration
  return statement.getText().replace(/^export /, '').replace(/^declare /, '').replace(/;$/gm, '').replaceAll('    ', '  ')
}

const sections = entries.map((entry) => ({ ...entry, all: exportsOf(checker.getSymbolAtLocation(program.getSourceFile(entry.file))) }))

/** Every example that the tests run: where it is, and its code. */
const examples = [
  ...pages('README.md'), ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md') && !path.startsWith('reference')).sort()
    .flatMap((path) => pages(`docs/${path}`)),
  ...sections.flatMap(({ page, all }) => all.filter(({ example }) => example !== '').map(({ name, example }) => ({ title: name, link: `${page}#${anchor(name)}`, code: example }))),
]

function pages(path) {
  const text = read(path)
  const code = [...text.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, block]) => block).join('\n')
  return code === '' ? [] : [{ title: /^# (.*)$/m.exec(text)?.[1] ?? path, link: relative('docs/reference', path), code }]
}

function anchor(name) {
  return name.toLowerCase().replaceAll('.', '')
}

const plainNames = new Set(sections.flatMap(({ all }) => all.map(({ name }) => name)).filter((name) => !name.includes('.')))

/** What stands in an example where a name is used: the name, or the part behind the dot where that is exported by itself too. */
function spellings(name) {
  const [, base] = name.split('.')
  return base !== undefined && plainNames.has(base) ? [name, base] : [name]
}

/** The examples in which a name is used, the shortest first: `Namespace.name`, or the name alone where it stands for itself. */
function shownIn(name) {
  const used = new RegExp(spellings(name).map((one) => `\\b${one.replace('.', '\\.')}\\b`).join('|'))
  return examples.filter(({ code, title }) => title !== name && used.test(code)).sort((a, b) => a.code.length - b.code.length).slice(0, 3)
}

const firstSentence = (text) => /^[^]*?[.:](?=\s|$)/.exec(text.replace(/\s+/g, ' '))?.[0] ?? text
const specRows = (text) => [...new Set([...text.matchAll(/\bSPEC ((?:(?:DIV-)?[A-Z]\d+[–, ]*|and )+)/g)].map(([, rows]) => rows.replace(/[, ]+$/, '')))]

function entryText({ name, text, example, code, source }) {
  const shown = example === '' ? shownIn(name) : []
  const rows = specRows(text)
  return [
    `### ${name}`, text.replace(/\n(?=\S)/g, ' ').replace(/ {2,}/g, ' '), `\`\`\`ts\n${code}\n\`\`\``,
    ...(example === '' ? [] : [`Example:\n\n\`\`\`ts\n${example}\n\`\`\``]),
    [
      ...(shown.length === 0 ? [] : [`Shown in: ${shown.map(({ title, link }) => `[${title}](${link})`).join(', ')}.`]),
      ...(rows.length === 0 ? [] : [`Rows of [SPEC](../../SPEC.md): ${rows.join(', ')}.`]),
      `Source: [${source}](../../${source})`,
    ].join(' '),
  ].join('\n\n')
}

const page = ({ name, all }) => `# ${name}

Made from the docstrings by \`npm run docs:reference\`; the examples are run by the tests. [All entries](README.md)

${all.map(entryText).join('\n\n')}
`

const index = `# API reference

Every export of every entry, in one line each. Made from the docstrings by \`npm run docs:reference\`.

${sections.map(({ name, page, all }) => `## ${name}

${all.map(({ name, text }) => `* [${name}](${page}#${anchor(name)}): ${firstSentence(text)}`).join('\n')}`).join('\n\n')}
`

mkdirSync(folder, { recursive: true })
for (const section of sections) writeFileSync(join(folder, section.page), page(section))
writeFileSync(join(folder, 'README.md'), index)

const functions = sections.filter(({ page }) => page !== 'testing.md').flatMap(({ page, all }) => all.filter(({ isFunction }) => isFunction).map((one) => ({ ...one, page })))
const unshown = functions.filter(({ example, name }) => example === '' && shownIn(name).length === 0)
const silent = sections.flatMap(({ all }) => all.filter(({ text }) => text === '').map(({ name }) => name))
if (silent.length > 0) throw new Error(`without a sentence: ${silent.join(', ')}`)
console.log(`${sections.reduce((sum, { all }) => sum + all.length, 0)} exports, ${functions.length} functions outside /testing, of which ${unshown.length} are in no example`)
if (process.argv.includes('--unshown')) console.log([...new Set(unshown.map(({ name }) => name))].join('\n'))
