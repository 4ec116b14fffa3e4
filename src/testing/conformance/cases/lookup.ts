/**
 * Which services there are, and which versions of them may be asked for (SPEC L1, V1–V4, DIV-V2).
 */
import { isVersion } from '../../../data/Version.js'
import { WANTED_VERSION_MAX_BYTES } from '../../../step/HelloShape.js'
import type { Backend } from '../../../step/ServiceTable.js'
import { type CaseHead, type ConformanceCase, head, type Probe, probedCase, unplayedCase } from '../ConformanceCase.js'
import { saying } from '../Script.js'
import { type Ask, askFor, request, type Subject } from '../Subject.js'

/** @internal */
export function lookupCases(subject: Subject): ReadonlyArray<ConformanceCase> {
  return [
    probedCase(subject, head('unknown-service', 'L1', 'a service that is not registered is not there, however its name sounds'),
      unknownNames(subject).map((serviceName) => probe(`service_name ${serviceName}`, { ...subject.base, serviceName }))),
    versionCase(subject, head('floor', 'V1', 'a version below the floor is blocked, its tail not looked at'), hasFloor, aroundFloor),
    versionCase(subject, head('huge-parts', 'V2 DIV-V2', 'a part that no u64 holds is compared all the same'), hasFloor, hugeParts),
    versionCase(subject, head('allow-list', 'V3', 'only what is on the list, letter for letter, and the floor first'),
      hasList, aroundList),
    versionCase(subject, head('no-restriction', 'V4', 'without a floor and a list, every version will do'),
      (backend) => !hasFloor(backend) && !hasList(backend), anyVersions),
  ]
}

function probe(what: string, ask: Ask): Probe {
  return { what, script: saying(request(ask)) }
}

function hasFloor({ versions }: Backend): boolean {
  return versions.minVersion !== undefined
}

function hasList({ versions }: Backend): boolean {
  return versions.allowList.size > 0
}

/** Names that a table made of a plain object would find. */
const INHERITED = ['constructor', 'prototype', 'valueof', 'tostring', 'length', 'name', 'get', 'size']

function unknownNames({ policy, nobody }: Subject): ReadonlyArray<string> {
  return [nobody, '-', 'a'.repeat(64), ...INHERITED].filter((name) => !policy.services.has(name))
}

/** So many services of a kind are enough to show it. */
const SERVICES_MAX = 8

function versionCase(
  subject: Subject, about: CaseHead, isOfKind: (backend: Backend) => boolean,
  versionsFor: (backend: Backend) => ReadonlyArray<string>,
): ConformanceCase {
  const { services, sessions } = subject.policy
  const probes = [...services.values()].filter(isOfKind).slice(0, SERVICES_MAX).flatMap((backend) =>
    [...new Set(versionsFor(backend))].filter(isSayable).map((version) =>
      probe(`${backend.serviceName} ${version}`, askFor(backend, version, sessions))))
  return probes.length === 0
    ? unplayedCase(about, 'the policy has no service of this kind')
    : probedCase(subject, about, probes)
}

function isSayable(version: string): boolean {
  return version.length <= WANTED_VERSION_MAX_BYTES && isVersion(version)
}

function aroundFloor({ versions }: Backend): ReadonlyArray<string> {
  const floor = versions.minVersion ?? ''
  const [major, minor, patch] = partsOf(floor)
  const core = `${major}.${minor}.${patch}`
  return [
    floor, core, `${core}-rc.1`, `0${core}`,
    `${major}.${minor}.${patch + 1n}`, `${major}.${minor + 1n}.0`, `${major + 1n}.0.0`,
    '0.0.0',
    ...below(major, minor, patch),
  ]
}

/** The greatest versions below, by one part each. */
function below(major: bigint, minor: bigint, patch: bigint): ReadonlyArray<string> {
  return [
    ...(patch > 0n ? [`${major}.${minor}.${patch - 1n}`, `${major}.${minor}.${patch - 1n}-z`] : []),
    // As texts, 9 is greater than 10.
    ...(minor > 0n ? [`${major}.${minor - 1n}.999`] : []),
    ...(major > 0n ? [`${major - 1n}.999.999`] : []),
  ]
}

const HUGE = '99999999999999999999'

function hugeParts({ versions }: Backend): ReadonlyArray<string> {
  const [major, minor] = partsOf(versions.minVersion ?? '')
  return [
    ...(minor > 0n ? [`${major}.${minor - 1n}.${HUGE}`] : []),
    ...(major > 0n ? [`${major - 1n}.${HUGE}.0`] : []),
    `${HUGE}.0.0`,
    `${HUGE}0.0.0`,
  ]
}

const LISTED_MAX = 8

function aroundList({ versions }: Backend): ReadonlyArray<string> {
  const listed = [...versions.allowList].slice(0, LISTED_MAX)
  const nearly = listed.flatMap((version) => [`0${version}`, `${coreOf(version)}-x`, coreOf(version)])
  return [...listed, ...nearly, '0.0.0', `${HUGE}.0.0`]
}

function anyVersions(): ReadonlyArray<string> {
  return ['0.0.0', '00.00.00', '1.2.3-rc.1', `${HUGE}.0.0`]
}

function partsOf(version: string): readonly [major: bigint, minor: bigint, patch: bigint] {
  const [major = '0', minor = '0', patch = '0'] = coreOf(version).split('.')
  return [BigInt(major), BigInt(minor), BigInt(patch)]
}

function coreOf(version: string): string {
  return version.split('-')[0] ?? ''
}
