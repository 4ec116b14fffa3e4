/**
 * The laws of services and of the versions allowed of them (SPEC §6).
 */
import type { Version } from '../../data/Version.js'
import type { Registration } from '../../step/ServiceTable.js'
import { isBelow, isName, isVersionText, partsOf } from './grammar.js'
import type { Registrations, WantedVersion } from './inputs/policy.js'
import { type AnyLaw, forbid, law } from './Law.js'
import { same, shown } from './shown.js'
import type { Steps } from './Steps.js'

/** @internal */
export const POLICY_LAWS: ReadonlyArray<AnyLaw> = [
  law({
    id: 'POLICY-1',
    group: 'policy',
    sentence: 'Raising the wanted version never turns one that the floor allows into one that is below it.',
    rows: ['V1'],
    input: 'WantedVersion',
    breach: (steps, { minVersion, wanted, other }) => {
      const [lower, higher] = isBelow(other, wanted) ? [other, wanted] : [wanted, other]
      const [before, after] = [lower, higher].map((version) => verdictOf(steps, { minVersion, allowList: [], wanted: version }))
      return forbid(before === 'allowed' && after !== 'allowed', () =>
        `${lower} is allowed by ${minVersion}, and ${higher} is not`)
    },
  }),
  law({
    id: 'POLICY-2',
    group: 'policy',
    sentence: 'A list only narrows: what it lets through, the floor alone lets through too.',
    rows: ['V1', 'V3'],
    input: 'WantedVersion',
    breach: (steps, { minVersion, allowList, wanted }) => {
      const [listed, bare] = [allowList, []].map((allowList) => verdictOf(steps, { minVersion, allowList, wanted }))
      return forbid(listed === 'allowed' && bare !== 'allowed', () => `${wanted} got past ${minVersion} by being listed`)
    },
  }),
  law({
    id: 'POLICY-3',
    group: 'policy',
    sentence: 'What is below the floor is told so, in the list or not.',
    rows: ['V3'],
    input: 'WantedVersion',
    breach: (steps, { minVersion, allowList, wanted }) => {
      const [listed, bare] = [allowList, []].map((allowList) => verdictOf(steps, { minVersion, allowList, wanted }))
      return forbid(bare === 'BelowMinVersion' && listed !== bare, () =>
        `${wanted} is below ${minVersion}, and with a list it was ${listed}`)
    },
  }),
  law({
    id: 'POLICY-4',
    group: 'policy',
    sentence: 'A pre-release and leading zeros make no difference to the floor.',
    rows: ['V1'],
    input: 'WantedVersion',
    breach: (steps, { minVersion, wanted }) => {
      const core = partsOf(wanted).join('.') as Version
      const verdicts = [wanted, core, `${core}-0.rc.1` as Version, `0${core}` as Version]
        .map((version) => verdictOf(steps, { minVersion, allowList: [], wanted: version }))
      return forbid(new Set(verdicts).size > 1, () => `${wanted}, bare, as a pre-release and with a zero, was ${shown(verdicts)}`)
    },
  }),
  law({
    id: 'POLICY-5',
    group: 'policy',
    sentence: 'A version is below the floor exactly where its numbers are, however many digits they have.',
    rows: ['V1', 'DIV-V2'],
    input: 'WantedVersion',
    breach: (steps, { minVersion, wanted }) => {
      const verdict = verdictOf(steps, { minVersion, allowList: [], wanted })
      const expected = minVersion !== undefined && isBelow(wanted, minVersion) ? 'BelowMinVersion' : 'allowed'
      return forbid(verdict !== expected, () => `${wanted} was ${verdict} under the floor ${minVersion}`)
    },
  }),
  law({
    id: 'POLICY-6',
    group: 'policy',
    sentence: 'A list lets through the very texts in it, and an empty one any.',
    rows: ['V3', 'V4'],
    input: 'WantedVersion',
    breach: (steps, { allowList, wanted }) => {
      const verdict = verdictOf(steps, { minVersion: undefined, allowList, wanted })
      const isListed = allowList.length === 0 || allowList.some((listed) => listed === wanted)
      return forbid(verdict !== (isListed ? 'allowed' : 'OutsideAllowList'), () =>
        `${wanted} was ${verdict} of ${shown(allowList)}`)
    },
  }),
  law({
    id: 'POLICY-7',
    group: 'policy',
    sentence: 'A service is found by exactly its name, as it was last registered, and no other name is found.',
    rows: ['L1', 'L2'],
    input: 'Registrations',
    breach: (steps, { registrations, asked }) => {
      const found = steps.ServiceTable.find(tableOf(steps, registrations), asked)
      const last = registrations.findLast((registration) => isLegal(registration) && registration.serviceName === asked)
      const isAsRegistered = found._tag === 'Left'
        ? last === undefined && same(found.left, { _tag: 'UnknownService', actual: asked })
        : last !== undefined && same(found.right, backendOf(last))
      return forbid(!isAsRegistered, () => `${asked}, registered as ${shown(last)}, was found as ${shown(found)}`)
    },
  }),
  law({
    id: 'POLICY-8',
    group: 'policy',
    sentence: 'A service is registered exactly where its name is legal, its floor is or is empty, and every listed version is.',
    rows: ['L2'],
    input: 'Registrations',
    breach: ({ ServiceTable }, { registrations }) => {
      const wrong = registrations.find((registration) =>
        (ServiceTable.register(ServiceTable.NO_SERVICES, registration)._tag === 'Right') !== isLegal(registration))
      return forbid(wrong !== undefined, () => `${shown(wrong)}, which is ${wrong && isLegal(wrong) ? '' : 'not '}legal`)
    },
  }),
]

function verdictOf({ VersionPolicy }: Steps, { minVersion, allowList, wanted }: Omit<WantedVersion, 'other'>): string {
  const checked = VersionPolicy.checkVersion({ minVersion, allowList: new Set(allowList) }, wanted)
  return checked._tag === 'Left' ? checked.left._tag : 'allowed'
}

/** The table after all that can be registered of them has been. */
function tableOf({ ServiceTable }: Steps, registrations: Registrations['registrations']): typeof ServiceTable.NO_SERVICES {
  return registrations.reduce((table, registration) => {
    const registered = ServiceTable.register(table, registration)
    return registered._tag === 'Right' ? registered.right : table
  }, ServiceTable.NO_SERVICES)
}

function isLegal({ serviceName, minVersion, versionAllowList }: Registration): boolean {
  return isName(serviceName) && (minVersion === '' || isVersionText(minVersion)) && versionAllowList.every(isVersionText)
}

function backendOf({ minVersion, versionAllowList, serverCapabilities: capabilities, ...copied }: Registration): unknown {
  const versions = { minVersion: minVersion === '' ? undefined : minVersion, allowList: new Set(versionAllowList) }
  return { ...copied, versions, capabilities }
}
