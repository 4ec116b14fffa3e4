/**
 * Seeded bugs of services and versions.
 */
import * as E from 'fp-ts/lib/Either.js'
import { MAX_U64, type Version } from 'hello-negotiation'
import { OUR_STEPS } from 'hello-negotiation/testing'
import type { VersionPolicy as Modules } from 'hello-negotiation/step'
import type { Mutant } from '../Mutant.js'

const { ServiceTable, VersionPolicy } = OUR_STEPS
type Policy = Modules.VersionPolicy

function below({ minVersion }: Policy, wanted: Version): E.Either<Modules.VersionPolicyError, never> {
  return E.left({ _tag: 'BelowMinVersion', actual: wanted, minVersion: minVersion ?? wanted })
}

function withoutFloor(policy: Policy): Policy {
  return { ...policy, minVersion: undefined }
}

const coreOf = (version: string): string => version.split('-')[0] ?? ''

export const POLICY_MUTANTS: ReadonlyArray<Mutant> = [
  {
    law: 'POLICY-1',
    bug: 'versions are compared as texts',
    steps: {
      VersionPolicy: {
        checkVersion: (policy, wanted) => (policy.minVersion !== undefined && wanted < policy.minVersion
          ? below(policy, wanted)
          : VersionPolicy.checkVersion(withoutFloor(policy), wanted)),
      },
    },
  },
  {
    law: 'POLICY-2',
    bug: 'a version that is listed needs no floor',
    steps: {
      VersionPolicy: {
        checkVersion: (policy, wanted) => (policy.allowList.has(wanted)
          ? E.right(wanted)
          : VersionPolicy.checkVersion(policy, wanted)),
      },
    },
  },
  {
    law: 'POLICY-3',
    bug: 'the list is looked at before the floor',
    steps: {
      VersionPolicy: {
        checkVersion: (policy, wanted) => {
          const listed = VersionPolicy.checkVersion(withoutFloor(policy), wanted)
          return listed._tag === 'Left' ? listed : VersionPolicy.checkVersion(policy, wanted)
        },
      },
    },
  },
  {
    law: 'POLICY-4',
    bug: 'a pre-release is below its release',
    steps: {
      VersionPolicy: {
        checkVersion: (policy, wanted) => (wanted.includes('-') && policy.minVersion === coreOf(wanted)
          ? below(policy, wanted)
          : VersionPolicy.checkVersion(policy, wanted)),
      },
    },
  },
  {
    law: 'POLICY-5',
    bug: 'a number that no u64 holds switches the floor off',
    steps: {
      VersionPolicy: {
        checkVersion: (policy, wanted) => {
          const parts = `${coreOf(wanted)}.${coreOf(policy.minVersion ?? '0')}`.split('.')
          return VersionPolicy.checkVersion(parts.some((part) => BigInt(part) > MAX_U64) ? withoutFloor(policy) : policy, wanted)
        },
      },
    },
  },
  {
    law: 'POLICY-5',
    bug: 'numbers are compared as doubles',
    steps: {
      VersionPolicy: {
        checkVersion: (policy, wanted) => {
          const [parts, floor] = [wanted, policy.minVersion ?? wanted].map((version) => coreOf(version).split('.').map(Number))
          return String(parts) === String(floor)
            ? VersionPolicy.checkVersion(withoutFloor(policy), wanted)
            : VersionPolicy.checkVersion(policy, wanted)
        },
      },
    },
  },
  {
    law: 'POLICY-6',
    bug: 'leading zeros are cut off what is listed',
    steps: {
      VersionPolicy: {
        checkVersion: (policy, wanted) => {
          const allowList = new Set([...policy.allowList].map((listed) => listed.replace(/^0+(?=\d)/, '') as Version))
          return VersionPolicy.checkVersion({ ...policy, allowList }, wanted)
        },
      },
    },
  },
  {
    law: 'POLICY-6',
    bug: 'an empty list lets nothing through',
    steps: {
      VersionPolicy: {
        checkVersion: (policy, wanted) => (policy.allowList.has(wanted)
          ? VersionPolicy.checkVersion(policy, wanted)
          : E.left({ _tag: 'OutsideAllowList', actual: wanted, allowList: policy.allowList })),
      },
    },
  },
  {
    law: 'POLICY-7',
    bug: 'services are looked up in an object',
    steps: {
      ServiceTable: {
        find: (table, name) => {
          const backend = (Object.fromEntries(table) as Readonly<Record<string, ReturnType<typeof table.get>>>)[name]
          return backend === undefined ? E.left({ _tag: 'UnknownService', actual: name }) : E.right(backend)
        },
      },
    },
  },
  {
    law: 'POLICY-7',
    bug: 'who was registered first stays',
    steps: {
      ServiceTable: {
        register: (table, registration) => (table.has(registration.serviceName)
          ? E.right(table)
          : ServiceTable.register(table, registration)),
      },
    },
  },
  {
    law: 'POLICY-8',
    bug: 'only the first version of a list is looked at',
    steps: {
      ServiceTable: {
        register: (table, registration) =>
          ServiceTable.register(table, { ...registration, versionAllowList: registration.versionAllowList.slice(0, 1) }),
      },
    },
  },
]
