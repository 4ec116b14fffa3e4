/**
 * What a broker is told about a service, for fast-check: legal registrations, and ones with a text that is not.
 */
import fc from 'fast-check'
import type { Registration, RegistrationError } from '../../step/ServiceTable.js'
import { arbitraryNearlyServiceName, arbitraryNearlyVersion } from './names.js'
import type { Nearly } from './Nearly.js'
import { arbitraryService } from './policy.js'

/**
 * A registration that is legal (SPEC L2).
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryRegistration(): fc.Arbitrary<Registration> {
  return arbitraryService().map(({ minVersion = '', versionAllowList = [], serverCapabilities = '0', ...service }) =>
    ({ ...service, minVersion, versionAllowList, serverCapabilities: BigInt(serverCapabilities) }))
}

/**
 * A registration with one text off (SPEC L2).
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryNearlyRegistration(): fc.Arbitrary<Nearly<Registration, RegistrationError>> {
  const slips = fc.oneof(
    arbitraryNearlyServiceName().map(({ off, value, error }): RegistrationSlip =>
      ({ off: `service name: ${off}`, at: () => ({ serviceName: value }), error: () => error })),
    arbitraryNearlyVersion().map(({ off, value: actual }): RegistrationSlip =>
      ({ off: `floor: ${off}`, at: () => ({ minVersion: actual }), error: () => ({ _tag: 'InvalidMinVersion', actual }) })),
    arbitraryNearlyVersion().map(({ off, value: actual }): RegistrationSlip => ({
      off: `list: ${off}`,
      at: ({ versionAllowList }) => ({ versionAllowList: [...versionAllowList, actual] }),
      error: ({ versionAllowList: { length: index } }) => ({ _tag: 'InvalidAllowListEntry', actual, index }),
    })),
  )
  return fc.tuple(arbitraryRegistration(), slips).map(([sound, { off, at, error }]) =>
    ({ off, value: { ...sound, ...at(sound) }, error: error(sound) }))
}

interface RegistrationSlip {
  readonly off: string
  readonly at: (sound: Registration) => Partial<Registration>
  readonly error: (sound: Registration) => RegistrationError
}
