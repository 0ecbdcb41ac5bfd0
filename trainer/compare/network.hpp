#ifndef NUTHATCH_TRAINER_COMPARE_NETWORK_HPP
#define NUTHATCH_TRAINER_COMPARE_NETWORK_HPP

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

/// A network between a device and a server, emulated by the client: it says when a message would have come.
namespace nuthatch::compare {

struct Conditions {
  double rtt_us = 0;           ///< there and back, of a message without length
  double jitter_us = 0;        ///< each way takes up to half of it longer, all delays alike likely
  double loss = 0;             ///< of a packet, each by itself; in [0, 1)
  double bandwidth = 0;        ///< bit/s each way; 0: no limit
  double outage_us = 0;        ///< how long nothing gets through ...
  double outage_every_us = 0;  ///< ... from each multiple of this on but 0; 0: never

  bool none() const { return rtt_us + jitter_us + loss + bandwidth + outage_us == 0; }
};

/// "rtt=40ms,jitter=5ms,loss=1%,bandwidth=256kbit,outage=2s/60s", in any order, all of them optional. Throws
/// std::invalid_argument that says what is wrong with which part.
Conditions parse_conditions(const std::string& text);
/// For people: "rtt 40 ms, loss 1 %".
std::string text_of(const Conditions& conditions);

/// Bytes of a packet's payload: Ethernet's 1,500 less 20 of IPv4 and 20 of TCP (RFC 9293, section 3.7.1).
inline constexpr std::size_t kSegmentBytes = 1460;
/// TCP's and IPv4's headers of a packet, without options.
inline constexpr std::size_t kHeaderBytes = 40;

std::size_t segments_of(std::size_t message_bytes);
/// What a message is on the wire: its bytes and each packet's headers. Acknowledgements, handshakes and TLS are not in
/// it.
std::size_t wire_bytes(std::size_t message_bytes);

/// Messages over one TCP connection's worth of network each, that share a link each way.
class Network {
 public:
  Network(const Conditions& conditions, std::uint64_t seed) : conditions_(conditions), random_(seed) {}

  /// When a message that is handed over at `now_us` has come whole. Calls of one direction in rising order of now_us.
  /// A link carries one message after another at the bandwidth; then half of the round trip, and jitter. A lost packet
  /// comes one retransmission timeout later, twice that if it is lost again, and so on, and the message waits for it;
  /// the timeout is that of RFC 6298 after its first measurement, max(1 s, 3 rtt). In an outage nothing starts.
  double up(double now_us, std::size_t message_bytes) { return deliver(up_free_us_, now_us, message_bytes); }
  double down(double now_us, std::size_t message_bytes) { return deliver(down_free_us_, now_us, message_bytes); }

 private:
  double deliver(double& link_free_us, double now_us, std::size_t message_bytes);
  double after_outage(double now_us) const;
  double retransmission_us();
  double uniform();

  Conditions conditions_;
  std::mt19937_64 random_;
  double up_free_us_ = 0;
  double down_free_us_ = 0;
};

}  // namespace nuthatch::compare

#endif
