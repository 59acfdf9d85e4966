import type { Reply } from '../http.ts';
import { CONTENT_SECURITY_POLICY } from './page.ts';

/** A page as an answer: nobody may frame it, and it is nothing but a page. */
export const pageReply = (body: string): Reply => ({
  body,
  contentType: 'text/html; charset=utf-8',
  headers: {
    'content-security-policy': `${CONTENT_SECURITY_POLICY}; frame-ancestors 'none'`,
    'x-content-type-options': 'nosniff',
  },
});
