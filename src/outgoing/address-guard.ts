/**
 * Which addresses a request that somebody else has named may go to: public ones, and the networks that the operator allows. Checked where the
 * connection is made, after names are resolved, so that a name cannot be another's a moment later. Makes no request.
 */
import { type LookupAddress, lookup, type LookupOptions } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Of IANA's registries of special purposes, all that is not globally reachable, and multicast. */
const NOT_PUBLIC = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const;

const notPublic = new BlockList();
for (const [net, prefix] of NOT_PUBLIC) notPublic.addSubnet(net, prefix, 'ipv4');

/** Global unicast, less what carries an IPv4 address within (6to4, Teredo) and what is for documents. */
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');
const notGlobal = new BlockList();
for (const [net, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  notGlobal.addSubnet(net, prefix, 'ipv6');
}

/** @param address as Node writes it, without brackets; what is no address is not public */
function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !notPublic.check(address, 'ipv4');
  // An IPv4 address in the form of an IPv6 one is in no part of the latter that is public.
  return family === 6 && globalUnicast.check(address, 'ipv6') && !notGlobal.check(address, 'ipv6');
}

/** What must not be asked for. Trying again changes nothing. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    /** For whoever can change nothing of it, such as a model. */
    readonly reason: string,
    /** What the operator can do. */
    remedy?: string,
  ) {
    super(remedy === undefined ? reason : `${reason}: ${remedy}`);
  }
}

const notPermitted = (host: string): Refusal =>
  new Refusal(`${host} is not a public address`, 'the operator can allow its network with ALLOWED_NETWORKS');

export class AddressGuard {
  private readonly allowed = new BlockList();

  /** @param networks that are permitted though they are not public: addresses, or `address/prefix` */
  constructor(networks: readonly string[] = []) {
    for (const network of networks) {
      const [address = '', prefix] = network.split('/');
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      this.allowed.addSubnet(address, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
    }
  }

  permits(address: string): boolean {
    return isPublicAddress(address) || this.allowed.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }

  /**
   * For a host that is written as an address: names are for `lookup`.
   * @throws {Refusal}
   */
  checkHost({ hostname }: URL): void {
    const address = hostname.replace(/^\[|\]$/g, '');
    if (isIP(address) !== 0 && !this.permits(address)) throw notPermitted(hostname);
  }

  /** Node's own lookup, refusing names of which an address is not permitted. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    const all: LookupOptions & { all: true } = { ...options, all: true };
    lookup(hostname, all, (error, addresses: LookupAddress[]) => {
      const [first] = addresses ?? [];
      if (error || !first) return callback(error ?? new Error(`${hostname} has no address`), '', 0);
      if (!addresses.every(({ address }) => this.permits(address))) return callback(notPermitted(hostname), '', 0);
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };
}
