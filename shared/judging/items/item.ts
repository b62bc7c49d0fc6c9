/** A text to be judged, and who wrote it, where that is known. */
export interface Response {
  text: string;
  model: string | null;
}

/** What is judged: responses to one instruction. Plain JSON. */
export interface Item {
  id: string;
  instruction: string;
  /** What the instruction is about; empty where it says all. */
  input: string;
  responses: Response[];
  /** What the response is compared with by `pairwise`. */
  reference?: Response;
  /** The responses stand in an order that was drawn already: they are shown in it. */
  arranged?: boolean;
  /** Aspects that its file is about; without them, all. */
  aspects?: string[];
  /** Prompts that were rendered before, by aspect, to be sent as they are. */
  texts?: Record<string, string>;
  /** Further members of its row, which stay with it. */
  extra: Record<string, unknown>;
}
