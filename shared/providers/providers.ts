import type { Annotator } from "../annotators/annotator.ts";
import { anthropicMessages } from "./anthropic-messages.ts";
import { azureOpenai } from "./azure-openai.ts";
import type { Dialect } from "./dialects.ts";
import { openaiChat } from "./openai-chat.ts";
import type { Provider } from "./provider.ts";

/** Every dialect with the provider that speaks it: one row each. */
const PROVIDERS: Readonly<Record<Dialect, Provider>> = {
  "openai-chat": openaiChat,
  "azure-openai": azureOpenai,
  "anthropic-messages": anthropicMessages,
};

/** How an annotator is spoken to. */
export function providerOf({ dialect }: Pick<Annotator, "dialect">): Provider {
  return PROVIDERS[dialect];
}
