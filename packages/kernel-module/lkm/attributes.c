// SPDX-License-Identifier: GPL-2.0-only
#include "attributes.h"

#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#define ADDRESS NLA_POLICY_RANGE(NLA_BINARY, 4, 16)
#define INTERFACE { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 }

const struct nla_policy msender_empty_policy[MSENDER_ATTRIBUTES] = {};

static struct netlink_range_validation senders_max_range = { .min = 1, .max = MSENDER_SENDERS_LIMIT };

const struct nla_policy msender_create_policy[MSENDER_ATTRIBUTES] = {
	[MSENDER_ATTRIBUTE_SENDERS_MAX] = NLA_POLICY_FULL_RANGE(NLA_U32, &senders_max_range),
	[MSENDER_ATTRIBUTE_OWNER] = { .type = NLA_U32 },
};

const struct nla_policy msender_interface_policy[MSENDER_ATTRIBUTES] = {
	[MSENDER_ATTRIBUTE_INTERFACE] = INTERFACE,
	[MSENDER_ATTRIBUTE_MONITOR] = { .type = NLA_FLAG },
};

const struct nla_policy msender_set_policy[MSENDER_ATTRIBUTES] = {
	[MSENDER_ATTRIBUTE_ADDRESS] = ADDRESS,
};

const struct nla_policy msender_key_policy[MSENDER_ATTRIBUTES] = {
	[MSENDER_ATTRIBUTE_SOURCE] = ADDRESS,
	[MSENDER_ATTRIBUTE_GROUP] = ADDRESS,
	[MSENDER_ATTRIBUTE_GROUP_LENGTH] = NLA_POLICY_RANGE(NLA_U8, MSENDER_GROUP_LENGTH_MIN_IPV4, MSENDER_GROUP_LENGTH_MAX),
};

const struct nla_policy msender_sender_policy[MSENDER_ATTRIBUTES] = {
	[MSENDER_ATTRIBUTE_SOURCE] = ADDRESS,
	[MSENDER_ATTRIBUTE_GROUP] = ADDRESS,
	[MSENDER_ATTRIBUTE_GROUP_LENGTH] = NLA_POLICY_RANGE(NLA_U8, MSENDER_GROUP_LENGTH_MIN_IPV4, MSENDER_GROUP_LENGTH_MAX),
	[MSENDER_ATTRIBUTE_MAX_TTL] = NLA_POLICY_MIN(NLA_U8, 1),
	[MSENDER_ATTRIBUTE_STATIC] = { .type = NLA_FLAG },
	[MSENDER_ATTRIBUTE_EXPIRES] = { .type = NLA_U64 },
	[MSENDER_ATTRIBUTE_RATE] = NLA_POLICY_MIN(NLA_U32, 1),
	[MSENDER_ATTRIBUTE_BURST] = NLA_POLICY_MIN(NLA_U32, 1),
	[MSENDER_ATTRIBUTE_INTERFACE] = INTERFACE,
	[MSENDER_ATTRIBUTE_MAC] = NLA_POLICY_EXACT_LEN(ETH_ALEN),
};

u32 msender_get_u32(struct nlattr **attributes, int type, u32 otherwise)
{
	return attributes[type] ? nla_get_u32(attributes[type]) : otherwise;
}

static u16 family_of(const struct nlattr *address)
{
	if (nla_len(address) == sizeof(__be32))
		return AF_INET;
	return nla_len(address) == sizeof(struct in6_addr) ? AF_INET6 : AF_UNSPEC;
}

/* Zeros behind the bytes that there are. */
static union msender_address address_of(const struct nlattr *attribute)
{
	union msender_address address = {};

	memcpy(&address, nla_data(attribute), nla_len(attribute));
	return address;
}

static bool is_multicast(u16 family, const union msender_address *address)
{
	return family == AF_INET ? ipv4_is_multicast(address->ipv4) : address->bytes[0] == 0xff;
}

static bool has_bits_behind(const union msender_address *address, u16 length)
{
	unsigned int octet = length / 8;

	if (octet == sizeof(*address))
		return false;
	return (address->bytes[octet] & 0xff >> length % 8) ||
	       memchr_inv(address->bytes + octet + 1, 0, sizeof(*address) - octet - 1);
}

static int check_group(struct genl_info *info, const struct msender_entry_key *key)
{
	u16 shortest = key->family == AF_INET ? MSENDER_GROUP_LENGTH_MIN_IPV4 : MSENDER_GROUP_LENGTH_MIN_IPV6;
	u16 longest = key->family == AF_INET ? 32 : 128;

	if (!is_multicast(key->family, &key->group)) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[MSENDER_ATTRIBUTE_GROUP], "the group is not multicast");
		return -EINVAL;
	}
	if (key->length < shortest || key->length > longest) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[MSENDER_ATTRIBUTE_GROUP_LENGTH],
				    "groups are 4 to 32 bits of IPv4 or 8 to 128 of IPv6");
		return -EINVAL;
	}
	if (has_bits_behind(&key->group, key->length)) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[MSENDER_ATTRIBUTE_GROUP],
				    "the group has bits behind its length");
		return -EINVAL;
	}
	return 0;
}

int msender_get_key(struct genl_info *info, struct msender_entry_key *key)
{
	const struct nlattr *source = info->attrs[MSENDER_ATTRIBUTE_SOURCE], *group = info->attrs[MSENDER_ATTRIBUTE_GROUP];
	const struct nlattr *length = info->attrs[MSENDER_ATTRIBUTE_GROUP_LENGTH];

	if (GENL_REQ_ATTR_CHECK(info, MSENDER_ATTRIBUTE_SOURCE) || GENL_REQ_ATTR_CHECK(info, MSENDER_ATTRIBUTE_GROUP))
		return -EINVAL;
	memset(key, 0, sizeof(*key));
	key->family = family_of(group);
	if (key->family == AF_UNSPEC || family_of(source) != key->family) {
		NL_SET_ERR_MSG_ATTR(info->extack, source, "source and group must both have 4 bytes, or both 16");
		return -EINVAL;
	}
	key->length = length ? nla_get_u8(length) : key->family == AF_INET ? 32 : 128;
	key->source = address_of(source);
	key->group = address_of(group);
	if (is_multicast(key->family, &key->source)) {
		NL_SET_ERR_MSG_ATTR(info->extack, source, "the source is multicast");
		return -EINVAL;
	}
	return check_group(info, key);
}

int msender_get_policy(struct genl_info *info, struct msender_ctl *policy, char interface[IFNAMSIZ])
{
	struct nlattr **attributes = info->attrs;

	if (GENL_REQ_ATTR_CHECK(info, MSENDER_ATTRIBUTE_MAX_TTL))
		return -EINVAL;
	if (!attributes[MSENDER_ATTRIBUTE_RATE] != !attributes[MSENDER_ATTRIBUTE_BURST]) {
		GENL_SET_ERR_MSG(info, "a rate needs a burst, and a burst a rate");
		return -EINVAL;
	}
	memset(policy, 0, sizeof(*policy));
	policy->max_ttl = nla_get_u8(attributes[MSENDER_ATTRIBUTE_MAX_TTL]);
	policy->rate = msender_get_u32(attributes, MSENDER_ATTRIBUTE_RATE, 0);
	policy->burst = msender_get_u32(attributes, MSENDER_ATTRIBUTE_BURST, 0);
	if (attributes[MSENDER_ATTRIBUTE_STATIC])
		policy->flags |= MSENDER_STATIC;
	if (attributes[MSENDER_ATTRIBUTE_EXPIRES])
		policy->expires_ns = nla_get_u64(attributes[MSENDER_ATTRIBUTE_EXPIRES]);
	if (attributes[MSENDER_ATTRIBUTE_MAC]) {
		policy->flags |= MSENDER_MAC;
		memcpy(policy->mac, nla_data(attributes[MSENDER_ATTRIBUTE_MAC]), ETH_ALEN);
	}
	if (attributes[MSENDER_ATTRIBUTE_INTERFACE]) {
		nla_strscpy(interface, attributes[MSENDER_ATTRIBUTE_INTERFACE], IFNAMSIZ);
		policy->binding = msender_binding_of(interface);
	}
	return 0;
}

static bool is_address_attribute(const struct nlattr *attribute)
{
	return nla_type(attribute) == MSENDER_ATTRIBUTE_ADDRESS && family_of(attribute) != AF_UNSPEC;
}

static void append(struct msender_set *set, const struct nlattr *attribute)
{
	union msender_address address = address_of(attribute);
	u8 last_octet = address.bytes[nla_len(attribute) - 1];

	set->members[set->count].family = family_of(attribute);
	set->members[set->count].address = address;
	set->last_octets |= 1ULL << last_octet % 64;
	set->count++;
}

struct msender_set *msender_get_set(struct genl_info *info, u32 count_max)
{
	const struct nlattr *attribute;
	struct msender_set *set;
	u32 count = 0, ipv4 = 0;
	int left;

	nlmsg_for_each_attr(attribute, info->nlhdr, GENL_HDRLEN, left) {
		count += is_address_attribute(attribute);
		ipv4 += is_address_attribute(attribute) && family_of(attribute) == AF_INET;
	}
	if (ipv4 > count_max || count - ipv4 > count_max) {
		GENL_SET_ERR_MSG(info, "more addresses than the set may have");
		return ERR_PTR(-E2BIG);
	}
	set = kzalloc(struct_size(set, members, count), GFP_KERNEL_ACCOUNT);
	if (!set)
		return ERR_PTR(-ENOMEM);
	nlmsg_for_each_attr(attribute, info->nlhdr, GENL_HDRLEN, left)
		if (is_address_attribute(attribute))
			append(set, attribute);
	return set;
}

static int put_address(struct sk_buff *answer, int type, u16 family, const union msender_address *address)
{
	return nla_put(answer, type, family == AF_INET ? 4 : 16, address);
}

static int put_u64(struct sk_buff *answer, int type, u64 number)
{
	return nla_put_u64_64bit(answer, type, number, MSENDER_ATTRIBUTE_PAD);
}

static int put_limits(struct sk_buff *answer, const struct msender_entry *entry)
{
	const struct msender_ctl *ctl = &entry->ctl;

	if (ctl->flags & MSENDER_STATIC && nla_put_flag(answer, MSENDER_ATTRIBUTE_STATIC))
		return -EMSGSIZE;
	if (ctl->expires_ns && put_u64(answer, MSENDER_ATTRIBUTE_EXPIRES, ctl->expires_ns))
		return -EMSGSIZE;
	if (ctl->rate && (nla_put_u32(answer, MSENDER_ATTRIBUTE_RATE, ctl->rate) ||
			  nla_put_u32(answer, MSENDER_ATTRIBUTE_BURST, ctl->burst)))
		return -EMSGSIZE;
	if (ctl->flags & MSENDER_MAC && nla_put(answer, MSENDER_ATTRIBUTE_MAC, ETH_ALEN, ctl->mac))
		return -EMSGSIZE;
	return ctl->binding ? nla_put_string(answer, MSENDER_ATTRIBUTE_INTERFACE, entry->interface) : 0;
}

int msender_put_entry(struct sk_buff *answer, const struct msender_entry *entry)
{
	const struct msender_entry_key *key = &entry->key;
	const struct msender_ctl *ctl = &entry->ctl;

	return put_address(answer, MSENDER_ATTRIBUTE_SOURCE, key->family, &key->source) ?:
	       put_address(answer, MSENDER_ATTRIBUTE_GROUP, key->family, &key->group) ?:
	       nla_put_u8(answer, MSENDER_ATTRIBUTE_GROUP_LENGTH, key->length) ?:
	       nla_put_u8(answer, MSENDER_ATTRIBUTE_MAX_TTL, ctl->max_ttl) ?:
	       put_u64(answer, MSENDER_ATTRIBUTE_PACKETS, READ_ONCE(ctl->packets)) ?:
	       put_u64(answer, MSENDER_ATTRIBUTE_BYTES, READ_ONCE(ctl->bytes)) ?:
	       put_u64(answer, MSENDER_ATTRIBUTE_REFUSED, READ_ONCE(ctl->refused)) ?:
	       put_u64(answer, MSENDER_ATTRIBUTE_LAST, READ_ONCE(ctl->last_ns)) ?:
	       put_limits(answer, entry);
}

int msender_put_refused(struct sk_buff *answer, const struct msender_refused *row)
{
	const struct msender_denied *counts = &row->counts;

	if (counts->monitored && nla_put_flag(answer, MSENDER_ATTRIBUTE_MONITOR))
		return -EMSGSIZE;
	return nla_put_u32(answer, MSENDER_ATTRIBUTE_IFINDEX, row->key.ifindex) ?:
	       put_address(answer, MSENDER_ATTRIBUTE_SOURCE, row->key.family, &row->key.source) ?:
	       put_address(answer, MSENDER_ATTRIBUTE_GROUP, row->key.family, &row->key.group) ?:
	       nla_put_u32(answer, MSENDER_ATTRIBUTE_REASON, counts->reason) ?:
	       nla_put_u8(answer, MSENDER_ATTRIBUTE_TTL, counts->ttl) ?:
	       put_u64(answer, MSENDER_ATTRIBUTE_PACKETS, counts->packets) ?:
	       put_u64(answer, MSENDER_ATTRIBUTE_BYTES, counts->bytes) ?:
	       put_u64(answer, MSENDER_ATTRIBUTE_FIRST, counts->first_ns) ?:
	       put_u64(answer, MSENDER_ATTRIBUTE_LAST, counts->last_ns);
}

/* Context: the mutex of the namespace, under which `dev` changes. */
int msender_put_attachment(struct sk_buff *answer, const struct msender_attachment *attachment)
{
	const struct msender_interface *interface = &attachment->interface;

	if (nla_put_string(answer, MSENDER_ATTRIBUTE_INTERFACE, interface->name))
		return -EMSGSIZE;
	if (attachment->dev && nla_put_u32(answer, MSENDER_ATTRIBUTE_IFINDEX, attachment->dev->ifindex))
		return -EMSGSIZE;
	if (interface->flags & MSENDER_MONITOR && nla_put_flag(answer, MSENDER_ATTRIBUTE_MONITOR))
		return -EMSGSIZE;
	return interface->flags & MSENDER_ETHERNET ? nla_put_flag(answer, MSENDER_ATTRIBUTE_ETHERNET) : 0;
}

struct msender_reason_row msender_sum_counts(const struct msender_filter *filter, u32 reason)
{
	struct msender_reason_row row = { .reason = reason };
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct msender_counts *counts = per_cpu_ptr(filter->counts, cpu);

		row.judged.packets += READ_ONCE(counts->judged[reason].packets);
		row.judged.bytes += READ_ONCE(counts->judged[reason].bytes);
		row.monitored.packets += READ_ONCE(counts->monitored[reason].packets);
	}
	return row;
}

int msender_put_count(struct sk_buff *answer, const void *pointer)
{
	const struct msender_reason_row *row = pointer;

	return nla_put_u32(answer, MSENDER_ATTRIBUTE_REASON, row->reason) ?:
	       put_u64(answer, MSENDER_ATTRIBUTE_PACKETS, row->judged.packets) ?:
	       put_u64(answer, MSENDER_ATTRIBUTE_BYTES, row->judged.bytes) ?:
	       put_u64(answer, MSENDER_ATTRIBUTE_MONITORED_PACKETS, row->monitored.packets);
}
