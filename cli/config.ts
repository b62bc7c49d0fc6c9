import { resolve } from "node:path";
import { z } from "zod";
import { readConfig } from "../shared/runtime/process/config.ts";

const Environment = z.object({
  ASSAY_HOME: z.string().default(".assay"),
  ASSAY_NATS_URL: z.string().optional(),
  ASSAY_GRANT_KEY: z.string().optional(),
  ASSAY_ANNOTATORS: z.string().optional(),
  OPENAI_BASE_URL: z.string().optional(),
});

/** What the command reads from its environment; paths absolute. */
export interface CliConfig {
  home: string;
  natsUrl: string | undefined;
  grantKey: string | undefined;
  annotators: string | undefined;
  openaiBaseUrl: string | undefined;
}

/** @throws UserError naming wrong variables */
export function readCliConfig(): CliConfig {
  const environment = readConfig(Environment);
  return {
    home: resolve(environment.ASSAY_HOME),
    natsUrl: environment.ASSAY_NATS_URL,
    grantKey: environment.ASSAY_GRANT_KEY,
    annotators: environment.ASSAY_ANNOTATORS,
    openaiBaseUrl: environment.OPENAI_BASE_URL,
  };
}
