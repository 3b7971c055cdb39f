// SPDX-License-Identifier: GPL-2.0
/*
 * The handshake: strangers, the listener, the life of a connection.
 *
 * One thread leads the life of one link, as in the kernel; wherever it would
 * sleep, the input says what happens next: somebody connects, says something,
 * repeats what was said on another connection, hangs up, time passes.
 * Independently of the code under test each HELLO is judged here as well, and
 * both judgements must agree.
 *
 * Input: the configuration, then events; see event().
 */
#include "common.h"

#include <dvk/sock.h>

#include "link/acceptor.h"
#include "link/auth.h"

#define LOWER	2	/* a peer that dials this node */
#define PLAIN	3	/* the same, over a transport that has no addresses */
#define OFF	4	/* one that is not enabled */
#define HIGHER	7	/* one that this node dials */
#define STRANGERS 16

#define MAX_CONNS 40
#define MAX_SAID 2048

/* One connection, seen from the other side. */
struct conn {
	struct socket sock;
	struct sock sk;
	struct sockaddr_storage from;
	unsigned int nr_said;	/* bytes of @said */
	unsigned int nr_read;	/* by this node */
	bool accepted;		/* off the listener's queue */
	bool attached;
	bool started;
	bool closed;
	bool hung_up;		/* by the other side */
	bool refused;
	bool welcome;		/* its first frame is right, as judged here */
	bool judged;
	bool challenged;	/* by this node */
	struct dvk_cmd challenge;
	bool asked;		/* @asks_right is known */
	bool asks_right;	/* what came first is a CHALLENGE */
	unsigned int nr_sent;	/* frames, by this node */
	struct dvk_cmd hello;	/* the first of them */
	u8 said[MAX_SAID];	/* by the other side; not cleared between runs */
};

static struct dvk_node node;
static struct dvk_link links[4];
static struct dvk_link *link;	/* the one that is led through its life */
static bool dialler;
static struct conn conns[MAX_CONNS];
static unsigned int nr_conns, next_accept;
static struct conn *current_conn;
static struct dvk_acceptor *acceptor;
static struct dvk_listener listener;
static struct socket listening;
static struct sock listening_sk;
static struct input input;
static bool ended, fail_dial, fail_send;
static int expected_refused;
static u64 last_session[8];	/* by peer */
static bool any_session[8];
static u64 own_session;

/* --- keys --- */

/* The one that there is; what it proves is no secret here. */
struct dvk_secret {
	int refs;
} secret;

struct dvk_secret *dvk_link_secret(struct dvk_link *l)
{
	if (l->secret)
		secret.refs++;
	return l->secret;
}

void dvk_secret_put(struct dvk_secret *s)
{
	if (s)
		assert(secret.refs-- > 0);
}

void dvk_auth_nonce(__u8 nonce[DVK_PROOF_LEN])
{
	static u8 next;

	memset(nonce, ++next, DVK_PROOF_LEN);
}

static void proof_fill(u8 *proof, int role, const struct dvk_cmd *hello,
		       const struct dvk_cmd *challenge)
{
	u64 h = 0xcbf29ce484222325ULL + role;
	unsigned int i;

	for (i = 0; i < sizeof(*hello); i++)
		h = (h ^ ((const u8 *)hello)[i]) * 0x100000001b3ULL;
	for (i = 0; i < sizeof(*challenge); i++)
		h = (h ^ ((const u8 *)challenge)[i]) * 0x100000001b3ULL;
	for (i = 0; i < DVK_PROOF_LEN; i += 4, h *= 0x100000001b3ULL)
		memcpy(proof + i, &h, 4);
}

int dvk_auth_proof(struct dvk_secret *s, enum dvk_auth_role role,
		   const struct dvk_cmd *hello,
		   const struct dvk_cmd *challenge, __u8 proof[DVK_PROOF_LEN])
{
	assert(s == &secret && secret.refs > 0);
	proof_fill(proof, role, hello, challenge);
	return 0;
}

bool dvk_auth_same(const __u8 a[DVK_PROOF_LEN], const __u8 b[DVK_PROOF_LEN])
{
	return !memcmp(a, b, DVK_PROOF_LEN);
}

static bool keyed(const struct dvk_cmd *cmd)
{
	return cmd->c_hello.h_features & cpu_to_le32(DVK_HELLO_F_KEYED);
}

static bool proves(const struct dvk_cmd *cmd, int role,
		   const struct dvk_cmd *hello, const struct dvk_cmd *challenge)
{
	u8 proof[DVK_PROOF_LEN];

	proof_fill(proof, role, hello, challenge);
	return !memcmp(proof, cmd->c_hello.h_proof, sizeof(proof));
}

/* --- what is right --- */

static bool right_cluster(const struct dvk_cmd *cmd)
{
	return !memcmp(cmd->c_hello.h_cluster, CLUSTER, sizeof(CLUSTER));
}

static bool right_form(const struct dvk_cmd *cmd, u32 code)
{
	return le32_to_cpu(cmd->c_magic) == 0x314b5644 &&
	       le16_to_cpu(cmd->c_version) == 2 &&
	       le16_to_cpu(cmd->c_hdrlen) == 168 &&
	       le32_to_cpu(cmd->c_cmd) == code && !cmd->c_len;
}

static bool right_start(const struct dvk_cmd *cmd, u32 code)
{
	return right_form(cmd, code) && le32_to_cpu(cmd->c_dnode) == SELF &&
	       right_cluster(cmd);
}

/* What the decoder lets pass of the node that was dialled. */
static bool right_frame(const struct dvk_cmd *cmd, u32 code)
{
	return right_form(cmd, code) && le32_to_cpu(cmd->c_dnode) == SELF &&
	       le32_to_cpu(cmd->c_snode) == HIGHER && !cmd->c_rcode &&
	       le32_to_cpu(cmd->c_dcid) < 65536 &&
	       !cmd->c_flags && !(le32_to_cpu(cmd->c_ctl) & ~0x3cU);
}

static bool right_host(const struct sockaddr_storage *from)
{
	const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *)from;
	const struct sockaddr_in *a4 = (const struct sockaddr_in *)from;

	if (from->ss_family == AF_INET)
		return ntohl(a4->sin_addr.s_addr) == 0x0a000002;
	return IN6_IS_ADDR_V4MAPPED(&a6->sin6_addr) &&
	       ntohl(a6->sin6_addr.s6_addr32[3]) == 0x0a000002;
}

/* A caller may come in, if its number is a new one and it proves what it has to. */
static bool right_hello(const struct conn *c, const struct dvk_cmd *cmd)
{
	int peer = le32_to_cpu(cmd->c_snode);
	struct dvk_link *l;

	if (!right_start(cmd, 10) || (peer != LOWER && peer != PLAIN))
		return false;
	l = &links[peer - LOWER];
	if (!l->enabled || l->transport != listener.transport || l->stopping ||
	    (l->addr_set && !right_host(&c->from)))
		return false;
	return !l->secret == !keyed(cmd);
}

static bool right_session(const struct dvk_cmd *cmd)
{
	u64 session = le64_to_cpu(cmd->c_hello.h_session);
	int peer = le32_to_cpu(cmd->c_snode);

	return !any_session[peer] ||
	       session - last_session[peer] - 1 < (u64)INT64_MAX;
}

/* The answer to our HELLO. */
static bool right_answer(const struct conn *c, const struct dvk_cmd *cmd)
{
	return right_frame(cmd, 10 | 0x2000) && right_cluster(cmd) &&
	       (!link->secret ||
		(keyed(cmd) && proves(cmd, DVK_AUTH_LISTENER, &c->hello,
				      (const void *)c->said))) &&
	       cmd->c_timestamp_sec == c->hello.c_timestamp_sec &&
	       cmd->c_timestamp_nsec == c->hello.c_timestamp_nsec;
}

static void check_state(void)
{
	unsigned int i, strangers = 0;

	for (i = 0; i < ARRAY_SIZE(links); i++)
		if (&links[i] != link)
			assert(!links[i].up && !links[i].hello_seen);
	if (link->up) {
		assert(current_conn && current_conn->welcome);
		assert(link->hello_seen);
	}
	for (i = 0; i < nr_conns; i++)
		strangers += conns[i].accepted && !conns[i].closed &&
			     !conns[i].welcome;
	assert(strangers <= STRANGERS);
	assert(node.refused.n == expected_refused);
}

/* --- the sockets --- */

static struct conn *conn_new(void)
{
	struct conn *c;

	if (nr_conns == MAX_CONNS)
		return NULL;
	c = &conns[nr_conns++];
	memset(c, 0, offsetof(struct conn, said));
	c->sock.sk = &c->sk;
	return c;
}

static struct conn *conn_of(struct socket *sock)
{
	return container_of(sock, struct conn, sock);
}

int kernel_listen(struct socket *sock, int backlog)
{
	sock->sk->sk_state = TCP_LISTEN;
	return 0;
}

int kernel_accept(struct socket *sock, struct socket **newsock, int flags)
{
	struct conn *c;

	assert(sock == &listening);
	if (dialler || next_accept == nr_conns)
		return -EAGAIN;
	c = &conns[next_accept++];
	c->accepted = true;
	*newsock = &c->sock;
	return 0;
}

int kernel_recvmsg(struct socket *sock, struct msghdr *msg, struct kvec *vec,
		   size_t num, size_t len, int flags)
{
	struct conn *c = conn_of(sock);
	unsigned int n = min(len, c->nr_said - c->nr_read);

	assert(!c->closed && !c->refused && !c->attached);
	assert(vec->iov_len == len && len <= sizeof(struct dvk_cmd));
	if (!n)
		return c->hung_up ? 0 : -EAGAIN;
	memcpy(vec->iov_base, c->said + c->nr_read, n);
	c->nr_read += n;
	return n;
}

int kernel_sendmsg(struct socket *sock, struct msghdr *msg, struct kvec *vec,
		   size_t num, size_t len)
{
	const struct dvk_cmd *cmd = vec->iov_base;
	struct conn *c = conn_of(sock);

	if (le32_to_cpu(cmd->c_cmd) == DVK_CMD_CHALLENGE) {
		assert(!c->closed && !c->judged && !c->challenged && keyed(cmd));
		c->challenged = true;
		c->challenge = *cmd;
		return fail_send ? -EAGAIN : len;
	}
	/* Else only a refusal leaves this way. */
	assert(!c->closed && !c->refused && c->judged && !c->welcome);
	assert(len == sizeof(*cmd));
	assert(le32_to_cpu(cmd->c_cmd) == (DVK_CMD_HELLO | DVK_CMD_ACK));
	assert((s32)le32_to_cpu(cmd->c_rcode) < 0);
	if (fail_send)
		return -EAGAIN;
	c->refused = true;
	return len;
}

int kernel_getpeername(struct socket *sock, struct sockaddr *addr)
{
	struct conn *c = conn_of(sock);

	if (c->hung_up)
		return -ENOTCONN;
	memcpy(addr, &c->from, sizeof(c->from));
	return sizeof(c->from);
}

int kernel_sock_shutdown(struct socket *sock, int how)
{
	return fail_send ? -EOPNOTSUPP : 0;
}

void sock_release(struct socket *sock)
{
	assert(sock == &listening);
}

void dvk_sock_set_ops(struct sock *sk, void *user_data,
		      const struct dvk_sock_ops *ops, struct dvk_sock_ops *old)
{
	assert(!old);
	sk->sk_user_data = user_data;
	sk->sk_data_ready = ops->data_ready;
}

static void nobody_ready(struct sock *sk)
{
	abort();
}

/* --- the transport --- */

static void *wrap(struct socket *sock)
{
	return conn_of(sock);
}

static void discard(void *conn)
{
	struct conn *c = conn;

	assert(!c->closed && !c->attached);
	c->closed = true;
}

static int dial(struct dvk_link *l)
{
	struct conn *c;

	assert(l == link && dialler && !current_conn);
	c = fail_dial ? NULL : conn_new();
	if (!c)
		return -ECONNREFUSED;
	c->attached = true;
	current_conn = c;
	return 0;
}

static void attach(struct dvk_link *l, void *conn)
{
	struct conn *c = conn;

	assert(l == link && !dialler && !current_conn);
	assert(c->welcome && !c->closed && !c->attached);
	c->attached = true;
	current_conn = c;
}

static void hangup(struct dvk_link *l)
{
	assert(current_conn && current_conn->attached);
	current_conn->closed = true;
	current_conn = NULL;
}

/* What the dialled node says first; after a challenge it is the second. */
static void judge(struct conn *c)
{
	if (!link->secret && !c->judged && c->nr_said >= sizeof(c->hello)) {
		c->judged = true;
		c->welcome = right_answer(c, (void *)c->said);
	}
	if (link->secret && !c->asked && c->nr_said >= sizeof(c->hello)) {
		c->asked = true;
		c->asks_right = right_frame((void *)c->said, DVK_CMD_CHALLENGE);
		c->judged = !c->asks_right;
	}
	if (link->secret && !c->judged && c->nr_said >= 2 * sizeof(c->hello)) {
		c->judged = true;
		c->welcome = right_answer(c, (void *)(c->said +
						      sizeof(c->hello)));
	}
}

/* As data_ready does: in softirq, or in the thread that resumes. */
static void deliver(bool may_sleep)
{
	struct conn *c = current_conn;

	while (c && c == current_conn && c->started && !link->error &&
	       link->rx_state != DVK_RX_DEFERRED && c->nr_read < c->nr_said) {
		unsigned int n = c->nr_said - c->nr_read;
		u8 *piece = malloc(n);
		struct sk_buff skb = { .data = piece, .len = n };
		bool was_up = link->up;

		/* What decides is judged before the code sees it. */
		if (dialler)
			judge(c);
		memcpy(piece, c->said + c->nr_read, n);
		c->nr_read += dvk_link_rx(link, &skb, 0, n, may_sleep);
		free(piece);
		if (dialler && !was_up)
			assert(!link->hello_seen || c->welcome);
		if (dialler && c->welcome && !was_up &&
		    c->nr_read >= sizeof(c->hello) * (link->secret ? 2 : 1))
			assert(link->hello_seen);
	}
}

static void start(struct dvk_link *l)
{
	current_conn->started = true;
	deliver(false);
}

static void resume(struct dvk_link *l)
{
	deliver(true);
}

static int send_frame(struct dvk_link *l, struct dvk_frame *frame, bool more,
		      u64 *zerocopy)
{
	const struct dvk_cmd *cmd = frame->cmd;
	struct conn *c = current_conn;
	u64 session = le64_to_cpu(cmd->c_hello.h_session);

	assert(l == link && c && !c->closed && l->tx_mutex.held);
	assert(le32_to_cpu(cmd->c_magic) == DVK_WIRE_MAGIC && !cmd->c_rcode);
	assert(le32_to_cpu(cmd->c_snode) == SELF);
	assert((int)le32_to_cpu(cmd->c_dnode) == l->nodeid);
	if (!c->nr_sent) {
		/* HELLO comes first. */
		assert(le32_to_cpu(cmd->c_cmd) ==
		       (dialler ? DVK_CMD_HELLO : DVK_CMD_HELLO | DVK_CMD_ACK));
		assert(!own_session || (s64)(session - own_session) > 0);
		own_session = session;
		c->hello = *cmd;
		if (!dialler)
			assert(!memcmp(&cmd->c_timestamp_sec,
				       &((struct dvk_cmd *)c->said)->c_timestamp_sec,
				       16));
		assert(!l->secret == !keyed(cmd));
		if (!dialler && l->secret)
			assert(proves(cmd, DVK_AUTH_LISTENER, (void *)c->said,
				      &c->challenge));
	} else if (dialler && l->secret && c->nr_sent == 1) {
		assert(le32_to_cpu(cmd->c_cmd) ==
		       (DVK_CMD_CHALLENGE | DVK_CMD_ACK));
		assert(c->asks_right && !l->up);
		assert(proves(cmd, DVK_AUTH_DIALLER, &c->hello,
			      (void *)c->said));
	} else {
		assert(c->welcome && l->up);
	}
	if (fail_send)
		return -ECONNRESET;
	c->nr_sent++;
	return 0;
}

static struct dvk_transport transport = {
	.name = "fuzz",
	.dial = dial,
	.attach = attach,
	.discard = discard,
	.start = start,
	.send = send_frame,
	.resume = resume,
	.hangup = hangup,
};

static struct dvk_transport other_transport = { .name = "other" };

/* --- the rest of the core --- */

int __wrap_dvk_link_accept(struct dvk_listener *l, struct dvk_greeting *g,
			   const struct sockaddr_storage *from, void *conn)
{
	struct conn *c = conn;
	const struct dvk_cmd *hello = (void *)c->said;
	const struct dvk_cmd *last = hello + c->challenged;
	int ret, peer = le32_to_cpu(hello->c_snode);
	bool right = right_hello(c, hello), ask = false;

	assert(!memcmp((const u8 *)&g->heard, (const u8 *)last, sizeof(*last)));
	assert(!c->judged);
	assert(c->nr_read == sizeof(*last) * (1 + c->challenged));
	if (c->challenged)
		right = right && right_session(hello) &&
			right_form(last, DVK_CMD_CHALLENGE | DVK_CMD_ACK) &&
			proves(last, DVK_AUTH_DIALLER, hello, &c->challenge);
	else if (right && keyed(hello))
		ask = true;
	else
		right = right && right_session(hello);
	c->judged = !ask;
	c->welcome = right && !ask;
	ret = __real_dvk_link_accept(l, g, from, conn);
	assert(ask == (ret == -EAGAIN) && c->welcome == !ret);
	if (!ret) {
		last_session[peer] = le64_to_cpu(hello->c_hello.h_session);
		any_session[peer] = true;
	} else if (!ask) {
		expected_refused++;
	}
	return ret;
}

/* Whose answer comes from another cluster, or proves nothing, is counted, too. */
int __wrap_dvk_hello_rx(struct dvk_link *l, const struct dvk_cmd *cmd)
{
	bool stranger = le32_to_cpu(cmd->c_cmd) & DVK_CMD_ACK &&
			!l->hello_seen && !cmd->c_rcode &&
			(!right_cluster(cmd) ||
			 (cmd->c_timestamp_sec == l->hello.c_timestamp_sec &&
			  cmd->c_timestamp_nsec == l->hello.c_timestamp_nsec &&
			  !right_answer(current_conn, cmd)));
	int ret = __real_dvk_hello_rx(l, cmd);

	if (stranger) {
		assert(ret == -EACCES && !l->hello_seen);
		expected_refused++;
	}
	return ret;
}

struct dvk_link *dvk_link_find(struct dvk_node *n, int id)
{
	unsigned int i;

	assert(id >= 0);
	for (i = 0; i < ARRAY_SIZE(links); i++)
		if (links[i].nodeid == id)
			return &links[i];
	return NULL;
}

void dvk_link_put(struct dvk_link *l)
{
	assert(l->ref.n > 1);
	l->ref.n--;
}

void *dvk_link_priv(const struct dvk_link *l)
{
	return current_conn;
}

static void up(struct dvk_link *l)
{
	assert(l == link && l->up && l->hello_seen);
	check_state();
}

static void lost(struct dvk_link *l, bool all)
{
	assert(l == link && !l->up && !current_conn);
}

static int rx(struct dvk_link *l, const struct dvk_cmd *cmd, bool may_sleep)
{
	assert(l == link && l->hello_seen && !l->error);
	assert(current_conn && current_conn->welcome);
	assert((int)le32_to_cpu(cmd->c_snode) == l->nodeid);
	/* Any of the three ways that there are. */
	if (cmd->c_src & cpu_to_le32(1) && !may_sleep)
		return DVK_RX_DEFER;
	return cmd->c_src & cpu_to_le32(2) ? -EPROTO : DVK_RX_DONE;
}

/* Nobody has asked for a copy. */
static void xfer_fill(struct dvk_xfer *x, struct sk_buff *skb,
		      unsigned int offset, unsigned int len)
{
	abort();
}

static void xfer_filled(struct dvk_link *l, const struct dvk_cmd *cmd)
{
	abort();
}

static const struct dvk_link_ops ops = {
	.rx = rx,
	.xfer_fill = xfer_fill,
	.xfer_filled = xfer_filled,
	.xfer_put = xfer_put,
	.up = up,
	.lost = lost,
};

/* --- what happens --- */

enum event {
	EV_CONNECT,	/* from where */
	EV_SAY,		/* connection, code, session, nr of faults, faults */
	EV_RAW,		/* connection, length, bytes */
	EV_REPLAY,	/* connection, other connection, length / 16 */
	EV_HANG_UP,	/* connection */
	EV_TIME,	/* eighths of a second */
	EV_LINK,	/* what goes wrong, or no longer does */
	NR_EVENTS
};

static struct conn *some_conn(void)
{
	u8 i = take8(&input);

	/* Mostly one of the latest. */
	return nr_conns ? &conns[nr_conns - 1 - i % nr_conns] : NULL;
}

static void say(struct conn *c, const void *data, unsigned int len)
{
	if (!c || c->closed || c->hung_up)
		return;
	len = min(len, MAX_SAID - c->nr_said);
	memcpy(c->said + c->nr_said, data, len);
	c->nr_said += len;
	if (c->attached)
		deliver(false);
	else if (c->accepted && c->sk.sk_user_data)
		c->sk.sk_data_ready(&c->sk);
}

static void caller(struct sockaddr_storage *from, u8 which)
{
	struct sockaddr_in6 *a6 = (struct sockaddr_in6 *)from;
	struct sockaddr_in *a4 = (struct sockaddr_in *)from;
	u32 addr = htonl(which & 1 ? 0x0a000003 : 0x0a000002);

	memset(from, 0, sizeof(*from));
	if (which & 2) {
		a6->sin6_family = AF_INET6;
		ipv6_addr_set_v4mapped(addr, &a6->sin6_addr);
		if (which & 4)
			a6->sin6_addr.s6_addr[0] = 0xfe;
	} else {
		a4->sin_family = AF_INET;
		a4->sin_port = htons(which);
		a4->sin_addr.s_addr = addr;
	}
}

/* What an honest node would say next. */
static u32 next_code(const struct conn *c)
{
	if (!dialler)
		return c && c->challenged ? DVK_CMD_CHALLENGE | DVK_CMD_ACK :
					    DVK_CMD_HELLO;
	return c && link->secret && c->nr_said < sizeof(c->hello) ?
	       DVK_CMD_CHALLENGE : DVK_CMD_HELLO | DVK_CMD_ACK;
}

static void say_proof(struct conn *c, struct dvk_cmd *cmd)
{
	if (!link->secret)
		return;
	cmd->c_hello.h_features = cpu_to_le32(DVK_HELLO_F_KEYED);
	if (dialler && c->nr_said >= sizeof(*cmd))
		proof_fill(cmd->c_hello.h_proof, DVK_AUTH_LISTENER, &c->hello,
			   (void *)c->said);
	else if (!dialler && c->challenged)
		proof_fill(cmd->c_hello.h_proof, DVK_AUTH_DIALLER,
			   (void *)c->said, &c->challenge);
}

static void say_frame(struct conn *c)
{
	u8 code = take8(&input), session = take8(&input);
	unsigned int faults = take8(&input) & 3;
	int peer = dialler ? HIGHER : session & 0x80 ? PLAIN : LOWER;
	struct dvk_cmd cmd;

	frame_fill(&cmd, code & 1 ? some_code(code >> 1) : next_code(c), peer);
	if (!(code & 1)) {
		cmd.c_hello.h_session = cpu_to_le64(last_session[peer] - 3 +
						    (session & 7));
		if (c && dialler) {
			cmd.c_timestamp_sec = c->hello.c_timestamp_sec;
			cmd.c_timestamp_nsec = c->hello.c_timestamp_nsec;
		}
		if (c && !(session & 0x40))
			say_proof(c, &cmd);
	}
	while (faults--)
		frame_spoil(&cmd, take32(&input));
	say(c, &cmd, sizeof(cmd));
}

static void happen(void)
{
	struct conn *c, *other;
	unsigned int n;

	switch (take8(&input) % NR_EVENTS) {
	case EV_CONNECT:
		c = dialler ? NULL : conn_new();
		n = take8(&input);
		if (c) {
			caller(&c->from, n);
			/* The listener's is inherited. */
			c->sk.sk_data_ready = nobody_ready;
			listening_sk.sk_data_ready(&listening_sk);
		}
		break;
	case EV_SAY:
		say_frame(some_conn());
		break;
	case EV_RAW:
		c = some_conn();
		n = take8(&input);
		n = min(n, input.left);
		say(c, input.at, n);
		input.at += n;
		input.left -= n;
		break;
	case EV_REPLAY:
		c = some_conn();
		other = some_conn();
		n = take8(&input) * 16;
		if (c && other)
			say(c, other->said, min(n, other->nr_said));
		break;
	case EV_HANG_UP:
		c = some_conn();
		if (!c || c->closed)
			break;
		c->hung_up = true;
		c->sk.sk_shutdown |= RCV_SHUTDOWN;
		if (c->attached && !c->closed)
			dvk_link_error(link, -ECONNRESET);
		else if (c->accepted && c->sk.sk_user_data)
			c->sk.sk_data_ready(&c->sk);
		break;
	case EV_TIME:
		jiffies += take8(&input) * HZ / 8;
		break;
	case EV_LINK:
		n = take8(&input);
		fail_dial = n & 1;
		fail_send = n & 2;
		if (n & 4)
			links[LOWER - LOWER].enabled = n & 8;
		if (n & 16)
			links[PLAIN - LOWER].transport =
				n & 32 ? &transport : &other_transport;
		/* Another key, say: who has not said hello is to do it anew. */
		if (n & 64)
			dvk_acceptor_drop(acceptor);
		break;
	}
}

static void work(void)
{
	struct delayed_work *w = fuzz_work;

	if (w && w->queued && time_after_eq(jiffies, w->when)) {
		w->queued = false;
		w->fn(&w->work);
	}
}

bool fuzz_step(void)
{
	if (!input.left) {
		ended = true;
		link->stopping = true;
		jiffies += 10 * HZ;
		return false;
	}
	happen();
	work();
	check_state();
	return true;
}

bool kthread_should_stop(void)
{
	return ended;
}

/* --- a run --- */

static void set_up(u8 config)
{
	static const int ids[] = { LOWER, PLAIN, OFF, HIGHER };
	unsigned int i;

	memset(links, 0, sizeof(links));
	memset(any_session, 0, sizeof(any_session));
	for (i = 0; i < ARRAY_SIZE(last_session); i++)
		last_session[i] = config & 2 ? -2ULL : 1000;
	nr_conns = 0;
	next_accept = 0;
	current_conn = NULL;
	ended = false;
	fail_dial = false;
	fail_send = false;
	expected_refused = 0;
	own_session = 0;
	/* Not zero: where numbers wrap is a place to look at. */
	jiffies = -10UL * HZ;

	node_fill(&node);
	for (i = 0; i < ARRAY_SIZE(links); i++) {
		links[i].node = &node;
		links[i].nodeid = ids[i];
		links[i].transport = &transport;
		links[i].enabled = ids[i] != OFF;
		links[i].ref.n = 1;
		links[i].insecure = DVK_INSECURE_ANY;
		if (config & 16 && ids[i] != PLAIN)
			links[i].secret = &secret;
		INIT_LIST_HEAD(&links[i].txq);
	}
	links[0].addr_set = !(config & 4);
	caller(&links[0].addr, config & 8 ? 2 : 0);
	dialler = config & 1;
	link = dialler ? &links[3] : &links[0];

	dvk_link_ops = ops;
	dvk_tx_init();
	dvk_acceptor_init();
	listener = (struct dvk_listener){ .node = &node, .transport = &transport };
	listening.sk = &listening_sk;
	memset(&listening_sk, 0, sizeof(listening_sk));
	listening_sk.sk_data_ready = nobody_ready;
	acceptor = dvk_acceptor_new(&listener, wrap);
	assert(!dvk_acceptor_listen(acceptor, &listening));
}

static void tear_down(void)
{
	unsigned int i;

	dvk_acceptor_free(acceptor);
	/* What link.c does when it stops a link. */
	for (i = 0; i < ARRAY_SIZE(links); i++) {
		if (links[i].accepted)
			discard(links[i].accepted);
		assert(links[i].ref.n == 1 && list_empty(&links[i].txq));
	}
	assert(!current_conn && !link->up && !secret.refs);
	for (i = 0; i < nr_conns; i++)
		assert(conns[i].closed ||
		       (!conns[i].accepted && !conns[i].attached));
	assert(!xfers);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	input = (struct input){ data, size };
	set_up(take8(&input));
	dvk_link_receiver(link);
	tear_down();
	return 0;
}

/* --- a mutator that knows events --- */

size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max,
			       unsigned int seed)
{
	static const u8 common[][8] = {
		{ EV_CONNECT, 0, EV_SAY, 0, 0, 4, 0 },
		{ EV_CONNECT, 0, EV_SAY, 0, 0, 0x84, 0 },
		{ EV_CONNECT, 2, EV_SAY, 0, 0, 5, 0 },
		{ EV_CONNECT, 0, EV_REPLAY, 0, 1, 255, EV_TIME },
		{ EV_SAY, 0, 0, 4, 0, EV_TIME, 4 },
		{ EV_SAY, 0, 1, 4, 0, EV_SAY, 0 },
		{ EV_SAY, 0, 0, 4, 1, 0, 0 },
		{ EV_HANG_UP, 0, EV_TIME, 8, EV_SAY, 0, 0 },
		{ EV_CONNECT, 0, EV_CONNECT, 0, EV_CONNECT, 0, EV_TIME },
		{ EV_TIME, 41, EV_LINK, 0, EV_TIME, 1, EV_TIME },
	};
	const u8 *some;
	size_t at;

	if (seed % 3 || !size || size + 7 > max)
		return LLVMFuzzerMutate(data, size, max);
	some = common[seed / 3 % ARRAY_SIZE(common)];
	at = 1 + seed / 64 % size;
	memmove(data + at + 7, data + at, size - at);
	memcpy(data + at, some, 7);
	/* The first one says so by its code, see say_frame(). */
	if (some[0] == EV_SAY)
		data[at + 2] = seed >> 16 & (seed & 1 ? 0xff : 0xfe);
	return size + 7;
}
