import { z } from "zod";
import { type Distribution, parseDistribution } from "../distribution.ts";
import { FAULT_KINDS, type FaultTable, faultTable } from "../limits/faults.ts";
import { distributionText, Share, sharesOf } from "../option-schemas.ts";

/**
 * What can be made to go wrong with a call of the files and batches endpoints. `lost`: it takes effect, its answer is
 * lost; `cut`: the connection breaks halfway through a file's content (other calls: `reset`).
 */
export const CALL_FAULT_KINDS = ["429", "500", "503", "reset", "hang", "lost", "cut"] as const;
export type CallFaultKind = (typeof CALL_FAULT_KINDS)[number];

const duration = (usual: string) => distributionText("delay").default(usual);
const callFaults = sharesOf(CALL_FAULT_KINDS).default({});

/** Options of the files and batches endpoints; docs/simulator.md says what each means. Durations are of the batch clock. */
export const BATCH_OPTIONS = {
  batchSpeed: z.number().positive().default(1),
  batchValidation: duration("2s"),
  // 95 % of batches within 5 minutes and the last of 200 after about 16, as was measured for batches of 100.
  batchDuration: duration("lognormal:53s,1.05"),
  batchIdle: Share.default(0),
  batchFinalizing: duration("1s"),
  batchCancelling: duration("2s"),
  batchWindowSeconds: z.number().positive().default(86_400),
  batchExpiring: Share.default(0),
  batchFaults: sharesOf(FAULT_KINDS).default({}),
  batchEnqueuedTokens: z.int().min(0).default(0),
  batchMaxRequests: z.int().positive().default(50_000),
  batchMaxBytes: z.int().positive().default(200_000_000),
  batchListDelay: duration("0s"),
  batchCallId: z.enum(["body", "custom_id"]).default("body"),
  batchKeys: z.array(z.string().min(1)).nullable().default(null),
  batchRequestsPerMinute: z.number().min(0).default(0),
  uploadBytesPerSecond: z.number().min(0).default(0),
  uploadFaults: callFaults,
  createFaults: callFaults,
  readFaults: callFaults,
};

type BatchOptions = z.infer<z.ZodObject<typeof BATCH_OPTIONS>>;

/** The parsed forms of those options that are texts, shares or lists. */
export type BatchSettings = Omit<BatchOptions, (typeof DURATIONS)[number] | "batchKeys"> & {
  [Name in (typeof DURATIONS)[number]]: Distribution;
} & {
  batchKeys: Set<string> | null;
  lineFaultTable: FaultTable;
  callFaultTables: Record<CallKind, FaultTable<CallFaultKind>>;
};

/** `read` are all calls that neither upload a file nor create a batch. */
export type CallKind = "upload" | "create" | "read";

const DURATIONS = [
  "batchValidation",
  "batchDuration",
  "batchFinalizing",
  "batchCancelling",
  "batchListDelay",
] as const;

export function batchSettingsOf(options: BatchOptions): BatchSettings {
  const delay = (name: (typeof DURATIONS)[number]) => parseDistribution(options[name], "delay");
  return {
    ...options,
    batchValidation: delay("batchValidation"),
    batchDuration: delay("batchDuration"),
    batchFinalizing: delay("batchFinalizing"),
    batchCancelling: delay("batchCancelling"),
    batchListDelay: delay("batchListDelay"),
    batchKeys: options.batchKeys && new Set(options.batchKeys),
    lineFaultTable: faultTable(options.batchFaults, FAULT_KINDS),
    callFaultTables: {
      upload: faultTable(options.uploadFaults, CALL_FAULT_KINDS),
      create: faultTable(options.createFaults, CALL_FAULT_KINDS),
      read: faultTable(options.readFaults, CALL_FAULT_KINDS),
    },
  };
}
