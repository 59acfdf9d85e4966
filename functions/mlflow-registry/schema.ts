import * as z from 'zod';
import { MISSING, Pair, Pairs, Required, Text, Texts, upTo } from '#slices/tracking';

const noVersion = ({ input }: { input?: unknown }): string =>
  input === undefined ? MISSING : `Parameter 'version' must be an integer, got '${input}'.`;
/** Of a version, which travels as text. */
const Version = z
  .union(
    [
      z.int(),
      z
        .string()
        .regex(/^\d{1,9}$/)
        .transform(Number),
    ],
    { error: noVersion },
  )
  .pipe(z.int().min(1).max(999_999_999));

export const Name = z.object({ name: Required });
const Description = z.string().max(10_000).default('');
export const NewModel = Name.extend({ tags: Pairs, description: Description });
export const RenamedModel = Name.extend({ new_name: Required });
export const ModelWords = Name.extend({ description: Description });
export const ModelTag = Name.extend(Pair.shape);
export const ModelTagKey = Name.extend({ key: Required });
export const AliasName = Name.extend({ alias: Required });
export const AliasTarget = AliasName.extend({ version: Version });
export const LatestVersions = Name.extend({ stages: Texts.default([]) });
const Search = z.object({
  ...{ filter: Text, page_token: Text, order_by: Texts.default([]) },
});
export const ModelSearch = Search.extend({ max_results: upTo(1000, 100) });

/** Longer than any that is given out. */
const Id = z.string().max(256).optional();

export const NewVersion = Name.extend({
  ...{ source: Required.max(2000), run_id: Id, model_id: Id },
  run_link: z.string().max(2000).optional(),
  ...{ tags: Pairs, description: Description },
});
export const VersionId = Name.extend({ version: Version });
export const VersionWords = VersionId.extend({ description: Description });
export const VersionTag = VersionId.extend(Pair.shape);
export const VersionTagKey = VersionId.extend({ key: Required });
export const VersionSearch = Search.extend({ max_results: upTo(200_000, 10_000) });
export const Transition = VersionId.extend({
  stage: Required,
  archive_existing_versions: z.boolean(MISSING),
});
