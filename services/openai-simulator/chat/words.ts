/**
 * Words of simulated answers by their place in a sentence, sixteen each. Every word, with the space before it, is one
 * token of the o200k encoding (a test keeps it so), so that an answer of k words has about k tokens.
 */
const DETERMINERS = "the this each one every that any some another our your their its such no most".split(
  " ",
);
const ADJECTIVES =
  "clear short simple careful useful common small direct honest steady recent broad plain quick fair solid".split(
    " ",
  );
const NOUNS =
  "plan step reason example answer method list question detail choice habit result source idea rule test".split(
    " ",
  );
const VERBS =
  "shows supports explains needs follows keeps changes covers helps gives makes finds holds takes leads adds".split(
    " ",
  );
const PREPOSITIONS =
  "with for under before after without within about from through against beyond across near behind over".split(
    " ",
  );

/**
 * The places of a sentence in order, each word with the space before it, the first ones with a capital, the last ones
 * with a full stop. Answers run through it again and again.
 */
export const SENTENCE: readonly (readonly string[])[] = [
  DETERMINERS.map((word) => ` ${word[0]!.toUpperCase()}${word.slice(1)}`),
  spaced(ADJECTIVES),
  spaced(NOUNS),
  spaced(VERBS),
  spaced(DETERMINERS),
  spaced(NOUNS),
  spaced(PREPOSITIONS),
  spaced(DETERMINERS),
  spaced(ADJECTIVES),
  NOUNS.map((word) => ` ${word}.`),
];

function spaced(words: string[]): string[] {
  return words.map((word) => ` ${word}`);
}
