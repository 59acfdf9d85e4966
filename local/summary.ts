import type { LocalAws } from './local-aws.ts';

/** What a person needs next, ready to paste. The URL has a `$` in it: hence the single quotes. */
export const summary = ({ apiUrl, token }: LocalAws): string => `
Skiff is up.

  API    ${apiUrl}
  page   ${apiUrl}/ui
  token  ${token}

Try it:

  export SKIFF_URL='${apiUrl}'
  export SKIFF_TOKEN='${token}'
  curl -H "Authorization: Bearer $SKIFF_TOKEN" "$SKIFF_URL/api/v1/models"
`;
