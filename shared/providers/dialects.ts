/** The ways in which providers are spoken to, as an entry of the annotators file names them. */
export const DIALECTS = ["openai-chat", "azure-openai", "anthropic-messages"] as const;
export type Dialect = (typeof DIALECTS)[number];
