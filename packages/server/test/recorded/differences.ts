// Where our server answers differently from the recorded Neo4j servers, and why that is wanted. A difference
// that no line explains fails the test, and so does a line that explains nothing.

export interface Wanted {
  /** Steps of the recordings. */
  readonly step: RegExp;
  /** What Neo4j does, and what we do. */
  readonly what: RegExp;
  /** `server/bolt`; all without. */
  readonly where?: RegExp;
  readonly why: string;
}

const BEFORE_5 = /^[34]\./;
const NEO4J_5 = /^5\./;

/** What cannot be decoded: our answer is FAILURE, then IGNORED until RESET, on every version. */
const UNREADABLE =
  /^(run-(one|extra|null|statement)|reserved-marker|param-|truncated-message|not-a-structure)/;

export const WANTED: readonly Wanted[] = [
  {
    step: UNREADABLE,
    what: /^(no answer, we (FAILURE|IGNORED)|closes, we do not)/,
    where: BEFORE_5,
    why: "These servers just close; a FAILURE that says what was wrong helps, and RESET recovers from it.",
  },
  {
    step: /^truncated-message$/,
    what: /^(no answer, we FAILURE|closes, we do not)/,
    why: "A message that ends too early is answered like any other one that cannot be read.",
  },
  {
    step: UNREADABLE,
    what: /^(FAILURE ClientError.Request.Invalid, we IGNORED|closes, we do not)/,
    where: NEO4J_5,
    why: "Neo4j 5 does not enter FAILED here, so that the PULL after it is a violation; 2026.08 does as we do.",
  },
  {
    step: /^run-extra-field$/,
    what: /^SUCCESS, we FAILURE ClientError.Request.InvalidFormat/,
    where: BEFORE_5,
    why: "A field too many was ignored before 5; since then it is refused, and a mistake is better reported.",
  },
  {
    step: /^(reserved-marker|(param|utc)-.*)$/,
    what: /^FAILURE \S+, we FAILURE ClientError.Request.Invalid$/,
    why: "The codes changed from server to server: TypeError, UnknownError, InvalidFormat; ours is that of 2026.08 for the rest. None is retried.",
  },
  {
    step: /^param-bad-utf8$/,
    what: /^SUCCESS, we FAILURE ClientError.Request.Invalid/,
    why: "Neo4j stores U+FFFD, or the bytes as they came: data that changes silently. We refuse it.",
  },
  {
    step: /./,
    what: /^has cause, we do not$/,
    why: "Neo4j's cause repeats, as a separate status, which value could not be read; our message says it.",
  },
  {
    step: /^(not-a-structure|run-(one|extra)-field)$/,
    what: /^status (22G03|08N11|50N42), we 08N06$/,
    why: "Servers have three statuses for malformed messages; ours is always 'protocol error'.",
  },
  {
    step: /./,
    what: /^status 50N42, we (08N06|42NFF)$/,
    where: NEO4J_5,
    why: "Neo4j 5 says 'unexpected error' for nearly everything; ours are the statuses of 2026.08.",
  },
  {
    step: /^reset-before-login$/,
    what: /^no answer, we FAILURE ClientError.Request.Invalid/,
    where: BEFORE_5,
    why: "These servers close; ours is the answer of 5 and later.",
  },
  {
    step: /^telemetry-unknown-api$/,
    what: /^FAILURE DatabaseError.General.UnknownError, we FAILURE ClientError.Request.Invalid/,
    why: "The client's mistake, not the database's.",
  },
  {
    step: /^pull-unknown-qid$/,
    what: /^FAILURE DatabaseError.General.UnknownError, we FAILURE ClientError.Request.InvalidFormat/,
    where: BEFORE_5,
    why: "The same: ours is the code of 5 and later.",
  },
  {
    step: /^hello-no-user-agent$/,
    what: /^SUCCESS, we FAILURE ClientError.Request.Invalid/,
    where: /^4\.[234]/,
    why: "These servers send SUCCESS and close; the versions before and after refuse, and so do we.",
  },
  {
    step: /^hello-(again|no-user-agent|no-bolt-agent|bolt-agent-no-product)$/,
    what: /^stays open, we close/,
    why: "After a refused HELLO nothing is allowed any more: waiting for the next mistake would only hold a connection.",
  },
  {
    step: /^(reset-with-open-result|failure-reset-pipelined)$/,
    what: /^IGNORED, we (SUCCESS|FAILURE)/,
    why: "A race in Neo4j. Here, a RUN that needs no waiting is answered before the RESET is seen.",
  },
  {
    step: /^hello/,
    what: /hints/,
    where: BEFORE_5,
    why: "Hints are Bolt 4.3: Neo4j 4.4 sends them on Bolt 3, too, and without a timeout on every version.",
  },
  {
    step: /^batch-discard-rest$/,
    what: /^no db, we have/,
    where: /^4\./,
    why: "The end of a result names its database, discarded or pulled, as in 5.",
  },
  {
    step: /^routing-table-procedure$/,
    what: /^has bookmark, we do not/,
    why: "A routing table is not data that a later transaction would have to wait for.",
  },
  {
    step: /^noop-before-hello$/,
    what: /^closes, we do not/,
    where: BEFORE_5,
    why: "An empty chunk is a sign of life on every version, as in 5.",
  },
  {
    step: /^client-noop$/,
    what: /^(answers|closes|no answer)/,
    where: BEFORE_5,
    why: "The same.",
  },
  {
    step: /^hs-http$/,
    what: /^answers HTTP 400, we HTTP 200/,
    where: /^(3|4\.[0-3])/,
    why: "Discovery over HTTP is on the port of every version here, as from 4.4 on.",
  },
  {
    step: /^hs-range-too-long$/,
    what: /^(answers nothing, we 00000405|closes, we do not)/,
    why: "A range beyond minor version 0 ends there, as in 4.2 to 4.4.",
  },
  {
    step: /^hs-reserved-byte$/,
    what: /^(answers 00000000, we 0000000\d|closes, we do not)/,
    where: /^(3|4\.0)/,
    why: "The reserved byte means nothing, as in 4.2 and later.",
  },
];
