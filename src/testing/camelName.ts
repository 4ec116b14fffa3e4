/**
 * A field's name in a message of ours, from its name in the .proto file.
 */

/** @internal `client_min_protocol` as `clientMinProtocol`. */
export function camelName(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
}
