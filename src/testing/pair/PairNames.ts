/**
 * What the parts of a pair are called: who acts, on which connection, with which message.
 */

/**
 * Who acts.
 *
 * @category model
 * @since 0.1.0
 */
export type ActorName = 'Backend' | 'Broker' | 'Client'

/**
 * The name of one connection, given by whoever opens it.
 *
 * @category model
 * @since 0.1.0
 */
export type LinkId = string

/**
 * The messages, so that a fault can be about one of them.
 *
 * @category model
 * @since 0.1.0
 */
export type MessageName = 'Ack' | 'Answer' | 'Greeting' | 'Hello' | 'Offer' | 'Question' | 'Ready' | 'Reply'

/**
 * Something that somebody does to a broker's token behind everybody's back.
 *
 * @category model
 * @since 0.1.0
 */
export type TokenOperation = 'Abandon' | 'Acknowledge' | 'Consume' | 'Sweep'
