/** Scripts of earlier tools, in hyphens and without their ending, each with the command that does its work. */
const FORMER: readonly (readonly [names: RegExp, command: string])[] = [
  [/^create-batch-?input(-file)?$/, "batch create-input"],
  [/^(watch|monitor)-(gpt-|openai-)?batch(es)?$|^batch-watch(er)?$/, "batch watch"],
  [/^(validate|check)-batch-?(input|file)$/, "batch validate"],
  [/^(run|submit|send|create|upload)-(gpt-|openai-)?batch(es)?$|^batch-api$/, "batch run"],
  [/^(check|poll)-(gpt-|openai-)?batch(es)?$|^batch-status$/, "batch check"],
  [/^(cancel|stop)-(gpt-|openai-)?batch(es)?$/, "batch cancel"],
  [/^(download|get|fetch|retrieve)-(gpt-|openai-)?batch(es)?(-results?)?$/, "batch download"],
  [/^(parse|reformat|convert)-(gpt-|openai-)?batch(es)?(-(results?|outputs?))?$/, "batch reformat"],
  [/^(re-?)?annotate(-(data|dataset|datasets))?$|^re-?annotation$/, "reannotate"],
  [/^(generate|sample)-(responses?|completions?|answers?|samples?)$|^inference$/, "generate"],
  [/^(annotate|judge|rate|rank)-(preferences?|responses?|completions?)$|^(gpt-)?judge-gpt$/, "judge"],
  [/^binari[sz]e(-preferences?)?$/, "preferences binarize"],
  [/^(calculate|compute|calc)-win-?rate$|^win-rate$/, "winrate"],
  [/^(upload|push)-to-hub$/, "publish"],
];

/** The command, without `assay`, that does what a script of earlier tools did; undefined where it is none of those. */
export function formerCommand(word: string): string | undefined {
  const name = word
    .replace(/^.*\//, "")
    .replace(/\.(py|sh)$/i, "")
    .replaceAll("_", "-")
    .toLowerCase();
  return FORMER.find(([names]) => names.test(name))?.[1];
}
