import { lookup as resolve } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { invalidField } from '#core/errors.ts';

/** What is not the public internet: RFC 6890 and its heirs, and where clouds keep their metadata. */
const PRIVATE_V4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'],
  ...['172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16'],
  ...['198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/3'],
];
/** Global unicast alone is public; of it, not what stands for an IPv4 address or a document. */
const PUBLIC_V6 = '2000::/3';
const PRIVATE_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const listOf = (ranges: readonly string[], family: 'ipv4' | 'ipv6'): BlockList => {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    list.addSubnet(address, Number(prefix), family);
  }
  return list;
};
const privateV4 = listOf(PRIVATE_V4, 'ipv4');
const publicV6 = listOf([PUBLIC_V6], 'ipv6');
const privateV6 = listOf(PRIVATE_V6, 'ipv6');

export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !privateV4.check(address, 'ipv4');
  if (isIP(address) !== 6) return false;
  return publicV6.check(address, 'ipv6') && !privateV6.check(address, 'ipv6');
}

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

/**
 * What can be told of a URL without looking it up.
 * @throws AppError `invalid`
 */
export function checkUrl(text: string, allowPrivate: boolean): URL {
  const url = new URL(text);
  const refuse = (reason: string) => invalidField('url', reason);
  if (url.username || url.password) throw refuse('must hold no user name or password');
  if (url.hash) throw refuse('must have no fragment');
  if (allowPrivate) return url;
  if (url.protocol !== 'https:') throw refuse('must begin with https://');
  const host = hostOf(url);
  const isInternal = /(^|\.)(localhost|local|internal)\.?$/i.test(host) || !/[.:]/.test(host);
  if (isInternal || (isIP(host) && !isPublicAddress(host))) {
    throw refuse('must not lead to a private address');
  }
  return url;
}

/**
 * The lookup of a connection: it is refused where any address of the name is private, and connects to
 * what was checked, so that a name that means another address a moment later helps nobody.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '');
    const inside = addresses.find(({ address }) => !isPublicAddress(address));
    if (inside || addresses.length === 0) {
      return callback(new Error(`${hostname} leads to a private address`), '');
    }
    if (options.all) return callback(null, addresses);
    callback(null, addresses[0]?.address as string, addresses[0]?.family);
  });
};
