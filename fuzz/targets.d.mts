/** The targets by name: each takes any bytes, and throws where something that must hold does not. */
export declare const TARGETS: Readonly<Record<'client' | 'codec' | 'exchange' | 'framing', (bytes: Uint8Array) => void>>
