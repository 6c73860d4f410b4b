package scripted

import (
	"context"
	"sync"
)

// Shared is the server of the registry for this process. It is started at the
// first call and lives as long as the process.
var Shared = sync.OnceValues(func() (*Server, error) {
	return Start(context.Background(), Config{})
})
