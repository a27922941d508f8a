#include <csignal>
#include <cstdlib>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "tieout/transport/http.hpp"

#include "loopback_socket.hpp"
#include "scratch_file.hpp"

namespace tieout::transport {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

/// A certificate that signs itself, for a host.
Certificate make_certificate(EVP_PKEY* key, const char* host) {
  Certificate certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate.get()), "20200101000000Z");
  ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate.get()), "21200101000000Z");
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("tieout test"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_EXTENSION* const alternative =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, host);
  X509_add_ext(certificate.get(), alternative, -1);
  X509_EXTENSION_free(alternative);
  X509_sign(certificate.get(), key, EVP_sha256());
  return certificate;
}

/// Answers one request after a TLS handshake, on as many connections as come.
class TlsServer {
 public:
  explicit TlsServer(const char* host)
      : key_(EVP_EC_gen("P-256"), &EVP_PKEY_free),
        certificate_(make_certificate(key_.get(), host)),
        context_(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free) {
    SSL_CTX_use_certificate(context_.get(), certificate_.get());
    SSL_CTX_use_PrivateKey(context_.get(), key_.get());
    // A client that refuses the certificate hangs up while OpenSSL writes: an error, not a signal.
    std::signal(SIGPIPE, SIG_IGN);
    thread_ = std::thread([this] { serve(); });
  }
  ~TlsServer() {
    socket_.stop();
    thread_.join();
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  std::string url() const { return "https://127.0.0.1:" + std::to_string(socket_.port()) + "/"; }
  void write_certificate(const std::filesystem::path& path) const {
    std::FILE* const file = std::fopen(path.c_str(), "w");
    ASSERT_NE(file, nullptr);
    PEM_write_X509(file, certificate_.get());
    std::fclose(file);
  }

 private:
  void serve() {
    for (int descriptor = socket_.accept(); descriptor >= 0; descriptor = socket_.accept()) {
      const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context_.get()), &SSL_free);
      SSL_set_fd(tls.get(), descriptor);
      char request[4096];
      if (SSL_accept(tls.get()) == 1 && SSL_read(tls.get(), request, sizeof request) > 0) {
        constexpr std::string_view kAnswer =
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 6\r\n\r\nsecret";
        SSL_write(tls.get(), kAnswer.data(), static_cast<int>(kAnswer.size()));
        SSL_shutdown(tls.get());
      }
      ::close(descriptor);
    }
  }

  Key key_;
  Certificate certificate_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  LoopbackSocket socket_;
  std::thread thread_;
};

HttpRequest get(const TlsServer& server) {
  HttpRequest request;
  request.url = server.url();
  request.label = "the stub";
  return request;
}

TEST(TlsTest, ACertificateThatNobodyTrustsIsRefused) {
  const TlsServer server("IP:127.0.0.1");
  const auto response = make_http_client({})->send(get(server));
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kRemoteRefused) << response.error().message;
  EXPECT_FALSE(is_transient(response.error()));
}

TEST(TlsTest, ATrustedCertificateOfTheHostIsTaken) {
  const TlsServer server("IP:127.0.0.1");
  const ScratchFile pem("ca.pem");
  server.write_certificate(pem.path());
  TransportOptions options;
  options.ca_file = pem.path();
  const auto response = make_http_client(options)->send(get(server));
  ASSERT_TRUE(response.ok()) << to_string(response.error());
  EXPECT_EQ(response->body, "secret");
}

TEST(TlsTest, ATrustedCertificateOfAnotherHostIsRefused) {
  const TlsServer server("DNS:example.org");
  const ScratchFile pem("ca.pem");
  server.write_certificate(pem.path());
  TransportOptions options;
  options.ca_file = pem.path();
  const auto response = make_http_client(options)->send(get(server));
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kRemoteRefused);
}

}  // namespace
}  // namespace tieout::transport
