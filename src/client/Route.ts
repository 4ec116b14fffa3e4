/**
 * By which way a client comes to its backend (SPEC G10).
 */

/**
 * A remembered endpoint, without a Hello; the endpoint of a broker's yes; or the connection itself, handed
 * over. Whichever it is, the endpoint that goes with it is the backend's.
 *
 * @category model
 * @since 0.1.0
 */
export type Route = 'BrokerNegotiated' | 'HandlePassed' | 'HelloSkip'
