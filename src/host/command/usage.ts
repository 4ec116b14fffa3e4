/**
 * What the command says of itself. One text a subcommand, written for somebody who has never met it.
 */

/** The subcommands. */
export type Topic = 'conformance' | 'hello' | 'inspect' | 'serve' | 'top'

/** The help of a topic. */
export const USAGE: Readonly<Record<Topic, string>> = {
  top: `hello-negotiation: negotiates the opening Hello between a client, a local broker and its backends.

  A client says Hello to the broker and names the service it wants. The broker checks the Hello and
  answers: Negotiated, with the endpoint of the backend to connect to, or Refused, with the reason.

Usage:
  hello-negotiation serve --policy FILE --socket PATH    run a broker
  hello-negotiation hello --socket PATH --service NAME --version V
                                                         say Hello to a broker, print its answer
  hello-negotiation inspect [HEX|-]                      explain the bytes of a captured frame
  hello-negotiation conformance --socket PATH --policy FILE
                                                         test a broker, any broker, row by row
  hello-negotiation conformance --client COMMAND         test a client program
  hello-negotiation SUBCOMMAND --help                    more about one of them
  hello-negotiation --version                            the version of this program
`,
  serve: `Runs a broker until SIGTERM or SIGINT, one line on standard output for each thing that happens.
Where nobody reads them, lines are dropped, and one says how many.

Usage:
  hello-negotiation serve --policy FILE --socket PATH
  hello-negotiation serve --policy FILE --port PORT

Options:
  --policy FILE            the policy, a JSON file (see below)
  --socket PATH            listen on a Unix socket, made with mode 0600; on Windows a pipe \\\\.\\pipe\\NAME
  --port PORT              listen on a TCP port of 127.0.0.1 instead; 0 picks a free one
  --max-connections N      how many connections may be open at once (default 1024)
  --metrics PORT           serve metrics to this machine alone, at http://127.0.0.1:PORT/metrics, as Prometheus reads them
  --log FORMAT             text, a line each, or json, an object each (default text)

A policy that serves one service:
  { "services": [ {
      "serviceName": "zccache", "daemonVersion": "1.11.20", "backendPipe": "/run/zccache.sock",
      "minVersion": "1.10.0", "versionAllowList": ["1.11.20"], "serverCapabilities": "1" } ] }

Beside services a policy may have, here with the defaults:
    "peerPolicy": { "ownerOnly": "1000" }    a user id, by default that of the user who runs the broker; or "allow-any",
                                             which it is where peers cannot be identified
    "helloTimeoutMs": 30000, "ackDeadlineMs": 5000
    "rateLimit": { "maxPerWindow": 256, "windowMs": 1000 }
    "tokenStore": { "maxPending": 1024, "ttlMs": 30000, "collisionAttempts": 16 }
and, with none by default,
    "sessions": { "brokerHalf": 32 hex digits, "daemonHalves": { "zccache": 32 hex digits } }
A policy with faults is not used; every fault is printed. Peers that cannot be identified (TCP,
Windows, no koffi) are not rate limited.

Environment:
  RUNNING_PROCESS_BROKER_HELLO_TIMEOUT_MS   how long a peer has for its Hello; wins over the policy

Exit status: 0 after a signal, 1 where the broker could not start, 64 for a wrong command line.
`,
  hello: `Says Hello to a broker and prints the answer.

Usage:
  hello-negotiation hello --socket PATH --service NAME --version V [options]
  hello-negotiation hello --port PORT   --service NAME --version V [options]

Options:
  --socket PATH        the broker's Unix socket, or Windows pipe
  --port PORT          the broker's TCP port on 127.0.0.1
  --service NAME       the service wanted: 1 to 64 of a-z, 0-9 and -
  --version V          the version wanted, as in 1.11.20 or 1.11.20-rc.1
  --handoff            ask for a one-time handoff token (capability bit 0)
  --client-version V   this client's own version, at most 128 bytes
  --keepalive SECONDS  how often keepalives are wanted (default: the broker decides)
  --timeout MS         how long the whole may take: the answer, and with --retry every wait (default 30000)
  --retry              where the broker is busy or shutting down, wait as it says and try again, 4 attempts in
                       all; each wait is told on standard error, with its reason
  --attempts N         the same with N attempts
  --repeat N           say Hello N times, each on a connection of its own (default 1)
  --json               print each answer as one line of JSON, token included

Environment:
  RUNNING_PROCESS_BROKER_CLIENT_TIMEOUT_MS   how long the whole may take, where --timeout does not say

Exit status: 0 negotiated, 1 refused, 2 could not talk to the broker, 64 for a wrong command line.
With --repeat, the greatest of them.
`,
  inspect: `Explains a captured frame field by field, and says what a broker would object to.

Usage:
  hello-negotiation inspect HEX      the bytes in hex; white space, colons, commas and 0x are passed over
  hello-negotiation inspect -        hex from standard input
  hello-negotiation inspect          the same

Tokens are secrets: only their length is shown.

Exit status: 0 where a broker or client would accept the frame, 1 where not, 64 for what is no hex, or a wrong command line.
`,
  conformance: `Tests a broker that is running, whoever has written it, against the protocol's specification:
says some hundreds of right and wrong things to it, each on a connection of its own, and prints row
by row (the rows are those of SPEC.md) whether it agrees, differs, and with which bytes.

Usage:
  hello-negotiation conformance --socket PATH --policy FILE [options]
  hello-negotiation conformance --port PORT   --policy FILE [options]
  hello-negotiation conformance --client COMMAND [options]

Options for a broker:
  --socket PATH     the broker's Unix socket, or Windows pipe
  --port PORT       the broker's TCP port on 127.0.0.1
  --policy FILE     what the broker has been told to do: services, versions, limits, sessions, as for serve
  --seed N          where the generated conversations come from (default 1)
  --cases N         how many there are of them (default 200)
  --timeout MS      how long the broker may keep silent where it owes an answer (default 5000)
  --patience MS     how long its rate limit may be waited for in all (default 30000)

With --client, the other way round: COMMAND is started some fifty times by the shell, each time with a
broker that says something else to it. {socket} in it stands for the broker's path, which is in the
environment too, as HELLO_NEGOTIATION_SOCKET. It has taken a yes when it exits with status 0, or
calls the backend that the yes names.
  --timeout MS      how long it may take each time (default 10000)

Options for both:
  --only ROWS       only what is about these rows, as in H3,W5
  --slow            wait for deadlines too, the broker's (SPEC C7) or the client's own (SPEC G9)
  --json            print the report as one line of JSON

What differs as the reference broker itself does, on purpose, is told and does not count. What cannot
be seen from here (limits by pid over TCP, for one) is told as not shown, with the reason.

Exit status: 0 where nothing differs, 1 where something does, 2 where there was nobody to talk to, 64 for
a wrong command line.
`,
}

/** The status of a wrong command line, as sysexits.h has it. */
export const EXIT_USAGE = 64
