// SPDX-License-Identifier: Apache-2.0
// A small web service: pages from templates on disk, JSON, files, and what Go's standard library
// reads from the system when it is first needed (users, certificates, media types).
package main

import (
	"compress/gzip"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"os/user"
	"strings"
	"syscall"
	"time"
)

type item struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

func answer(w http.ResponseWriter, value any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(value)
}

func items(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		answer(w, []item{{1, "tea"}, {2, "biscuits"}}, nil)
		return
	}
	var posted item
	if err := json.NewDecoder(r.Body).Decode(&posted); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	posted.ID = 3
	answer(w, posted, nil)
}

func roots(w http.ResponseWriter, _ *http.Request) {
	pool, err := x509.SystemCertPool()
	count := 0
	if err == nil {
		count = len(pool.Subjects())
	}
	answer(w, map[string]int{"authorities": count}, err)
}

func whoami(w http.ResponseWriter, _ *http.Request) {
	me, err := user.LookupId(fmt.Sprint(os.Getuid()))
	name := ""
	if err == nil {
		name = me.Username
	}
	answer(w, map[string]string{"user": name}, err)
}

func resolve(w http.ResponseWriter, r *http.Request) {
	addresses, err := net.LookupHost(r.URL.Query().Get("name"))
	answer(w, addresses, err)
}

func digest(w http.ResponseWriter, r *http.Request) {
	sum := sha256.New()
	_, err := io.Copy(sum, r.Body)
	answer(w, map[string]string{"sha256": hex.EncodeToString(sum.Sum(nil))}, err)
}

func compressed(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Encoding", "gzip")
	stream := gzip.NewWriter(w)
	defer stream.Close()
	fmt.Fprint(stream, strings.Repeat("compressible ", 1000))
}

func main() {
	pages := template.Must(template.ParseFiles("/srv/shop/index.html"))
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		pages.Execute(w, map[string]any{"Year": time.Now().Year(), "Items": []string{"tea"}})
	})
	http.HandleFunc("/items", items)
	http.HandleFunc("/roots", roots)
	http.HandleFunc("/whoami", whoami)
	http.HandleFunc("/resolve", resolve)
	http.HandleFunc("/digest", digest)
	http.HandleFunc("/compressed", compressed)
	http.Handle("/static/", http.StripPrefix("/static/", http.FileServer(http.Dir("/srv/shop/static"))))

	// PID 1 has no default action for signals.
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	go func() { <-stop; os.Exit(0) }()
	log.Fatal(http.ListenAndServe(":8080", nil))
}
