// A server of Prometheus' exporter-toolkit with one page. usage: toolkit ADDRESS WEB_FILE
package main

import (
	"io"
	"log/slog"
	"net/http"
	"os"

	"github.com/prometheus/exporter-toolkit/web"
)

func main() {
	http.HandleFunc("/metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		io.WriteString(w, "up 1\n")
	})
	addresses, socket := []string{os.Args[1]}, false
	flags := &web.FlagConfig{WebListenAddresses: &addresses, WebSystemdSocket: &socket, WebConfigFile: &os.Args[2]}
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if err := web.ListenAndServe(&http.Server{}, flags, logger); err != nil {
		logger.Error(err.Error())
		os.Exit(1)
	}
}
