import { randomInt } from 'node:crypto';

const ADJECTIVES =
  'able bold brisk calm clever eager fair fleet gentle glad grand keen kind lively loyal merry neat nimble polite proud quick quiet rare sharp sleek smart steady swift thoughtful vivid wise zesty';
const NOUNS =
  'auk bass bee carp cod colt crab crane crow deer dove eel finch fish fox goat gull hare hawk hen jay koi lamb lark loon lynx mink mole moth mule newt owl perch quail ram ray roo seal shad shrew slug snail sow squid stag stork swan tern toad trout vole wasp wren';

const oneOf = (words: string): string => {
  const list = words.split(' ');
  return list[randomInt(list.length)] as string;
};

/** For runs and models that nobody named. */
export const randomName = (): string => `${oneOf(ADJECTIVES)}-${oneOf(NOUNS)}-${randomInt(1000)}`;
