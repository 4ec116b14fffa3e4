/**
 * docs/laws.md says what the laws say: it is made from them, and from the bugs that prove them.
 *
 *   npm run docs:laws      writes it anew
 */
import { fileURLToPath } from 'node:url'
import { type AnyLaw, LAWS } from 'hello-negotiation/testing'
import { expect, it } from 'vitest'
import { MUTANTS } from '../testing/law/mutants.js'

const PAGE = fileURLToPath(new URL('../../docs/laws.md', import.meta.url))

const GROUPS: Readonly<Record<AnyLaw['group'], string>> = {
  codec: 'Bytes and messages',
  framing: 'Frames',
  envelope: 'The envelope',
  shape: 'The shape of a Hello',
  limiter: 'The rate limit',
  policy: 'Services and versions',
  token: 'Handoff tokens',
  ack: 'ACKs',
  connection: 'Connections',
  deadline: 'Deadlines',
  snapshot: 'Snapshots',
  exchange: 'The whole exchange',
  client: 'The client',
  handoff: 'Handing a stream over',
  ownership: 'Who owns a stream',
}

function page(): string {
  const groups = Object.entries(GROUPS).flatMap(([group, title]) => section(title, LAWS.filter((law) => law.group === group)))
  return [
    '# The laws',
    '',
    `${LAWS.length} sentences that are always true of this protocol as this library speaks it, each a value in \`hello-negotiation/testing\``,
    'that can be tried on anybody\'s steps. A law counts because a bug breaks it: those bugs are in `test/testing/law/mutants/`, and',
    'the tests check that each law holds for our steps and fails for its bugs. The rows are those of [SPEC.md](../SPEC.md).',
    '',
    'To try them: [property-test a host that you wrote](tutorials/property-test-a-host.md). This page is made by',
    '`npm run docs:laws`, not by hand.',
    '',
    ...groups,
  ].join('\n')
}

function section(title: string, laws: ReadonlyArray<AnyLaw>): ReadonlyArray<string> {
  return [`## ${title}`, '', '| law | says | rows | broken by |', '|---|---|---|---|', ...laws.map(row), '']
}

function row({ id, sentence, rows }: AnyLaw): string {
  const bugs = MUTANTS.filter(({ law }) => law === id).map(({ bug }) => bug)
  return `| ${id} | ${sentence} | ${rows.join(' ')} | ${bugs.join('; ')} |`
}

it('is what docs/laws.md says', async () => {
  await expect(page()).toMatchFileSnapshot(PAGE)
})

it('has a heading for every group that has a law', () => {
  expect(LAWS.filter(({ group }) => !(group in GROUPS))).toEqual([])
})
