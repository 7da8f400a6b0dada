#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace boost::asio::ssl {
class context;
}

namespace heartbeat::server {

// A client's TCP connection, in the clear or in TLS: what stands above need not know which. Used on
// the socket's strand only, by one coroutine at a time.
class Stream {
 public:
  // `socket`: its executor is a strand. `tls`: nullptr for one in the clear, else it must outlive
  // this.
  Stream(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* tls);
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream();

  enum class Opened {
    kReady,
    kNotTls,  // the client speaks something else where TLS is due: from now on this is in the clear
    kFailed,  // gone, or no agreement; where there is one, the alert has been sent
  };
  // The handshake of TLS; before all else.
  [[nodiscard]] boost::asio::awaitable<Opened> Open();

  // Waits for some bytes. 0 with an error: the client has ended or is gone, or this was cancelled.
  [[nodiscard]] boost::asio::awaitable<std::size_t> ReadSome(boost::asio::mutable_buffer space,
                                                             boost::system::error_code& error);
  // Writes both; false where the client is gone or this was cancelled.
  [[nodiscard]] boost::asio::awaitable<bool> Write(std::string_view first, std::string_view second);
  // Tells the client that nothing more comes; does not wait for its reply.
  [[nodiscard]] boost::asio::awaitable<void> SendEnd();
  // Takes what still comes, as it comes, and drops it, up to an error or the client's end. After
  // SendEnd.
  [[nodiscard]] boost::asio::awaitable<void> DropRest();

  // Whether ReadSome would have something at once.
  [[nodiscard]] bool HasInput();
  void Close();
  [[nodiscard]] bool is_tls() const { return tls_ != nullptr; }
  // The client's IP address; "" where it is gone already.
  [[nodiscard]] std::string PeerAddress() const;
  [[nodiscard]] boost::asio::ip::tcp::socket& socket() { return socket_; }
  [[nodiscard]] boost::asio::any_io_executor executor() { return socket_.get_executor(); }

 private:
  class Tls;
  boost::asio::ip::tcp::socket socket_;
  std::unique_ptr<Tls> tls_;
  bool is_established_ = false;  // of TLS
};

}  // namespace heartbeat::server
