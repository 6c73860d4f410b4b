package model

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
)

// classifyNetwork names an error of the transport.
func classifyNetwork(err error, base string) *Error {
	e := nameNetwork(err, base)
	e.cause = err
	return e
}

func nameNetwork(err error, base string) *Error {
	var dns *net.DNSError
	var op *net.OpError
	var cert *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var unknownCA x509.UnknownAuthorityError
	switch {
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		return spec(Refused, err.Error(), "the server speaks http, not https: write the address so")
	case errors.As(err, &cert), errors.As(err, &unknownCA):
		return spec(Refused, err.Error(), "the server's certificate is not trusted here")
	case errors.As(err, &dns) && dns.IsNotFound:
		return spec(Refused, err.Error(), "no such host: check the address "+base)
	case errors.Is(err, syscall.ECONNREFUSED), errors.As(err, &op) && op.Op == "dial":
		e := provider(Refused, err.Error())
		e.Remedy = fmt.Sprintf("is the server at %s running?", base)
		return e
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return provider(Disconnected, "the connection ended before the answer was whole: "+err.Error())
	}
	return provider(Disconnected, err.Error())
}
