// The transcript of a dialogue as data: the steps report it, a printer shows it as text or as JSON lines.

export type TranscriptEvent =
  /** The dialogue begins. `server` is its URI. */
  | { readonly type: "opening"; readonly server: string; readonly embedded: boolean }
  | { readonly type: "step"; readonly number: number; readonly title: string; readonly explanation: string }
  /** A statement that is sent. */
  | {
      readonly type: "query";
      readonly query: string;
      readonly parameters?: Readonly<Record<string, unknown>>;
    }
  /** Something worth showing. */
  | { readonly type: "note"; readonly text: string }
  /** Lines that belong together, such as a plan drawn as a tree. */
  | { readonly type: "drawing"; readonly lines: readonly string[] }
  /** A check that passed. */
  | { readonly type: "check"; readonly text: string }
  /** Something that this server or version lacks; not a failure. */
  | { readonly type: "remark"; readonly text: string }
  /** `--wire`: bytes and their meaning. */
  | {
      readonly type: "wire";
      readonly from: "client" | "server";
      /** Name of the message, or of the part of the handshake. */
      readonly name: string;
      readonly hex: string;
      readonly meaning: readonly { readonly hex: string; readonly text: string; readonly depth: number }[];
      /** The server's state before and after, by the specification's names. */
      readonly before?: string;
      readonly after?: string;
    }
  | { readonly type: "failed"; readonly step: string | undefined; readonly reason: string }
  | { readonly type: "finished"; readonly steps: number; readonly ms: number };

export type Report = (event: TranscriptEvent) => void;
