package evalkit

import (
	"errors"
	"fmt"
	"os"
	"strconv"
)

// Variable is an environment variable that evalkit reads.
type Variable struct {
	Name, Default, Doc string
}

// Environment lists every variable, in the order of `evalkit help environment`.
// An option that a spec gives goes before the variable of the same meaning.
func Environment() []Variable {
	return []Variable{
		{"EVALKIT_MODEL", "", "the model that the specs in suites/models run: openai/o3, http://host:port/v1#name, scripted/aligned; naming it here allows it to cost money"},
		{"EVALKIT_LIVE", "0", "1 allows the live models that specs name themselves; a key alone starts nothing"},
		{"EVALKIT_REQUIRE", "0", "1 makes a spec that is skipped for want of a model fail instead"},
		{"EVALKIT_SAMPLES", "10", "trials that a plain matcher looks at"},
		{"EVALKIT_CAP", "from the threshold", "trials after which a rate is undecided"},
		{"EVALKIT_CONCURRENCY", "10", "trials of a series at once; also the calls at once that specs share under -p"},
		{"EVALKIT_SEED", "1", "the run's seed, from which each trial's seed follows"},
		{"EVALKIT_TRIAL", "", "draws this trial alone: a look, never a green verdict"},
		{"EVALKIT_UNDECIDED", "fail", "report lets an undecided rate pass and says so; what is disproved or unjudgeable still fails"},
		{"EVALKIT_REJUDGE", "", "a log, or a folder of logs: specs judge its trials again, without a model"},
		{"EVALKIT_JUDGE_AGAIN", "0", "1 asks the judges of a log that is judged again anew, instead of taking their answers on record"},
		{"EVALKIT_MAX_TOKENS", "unlimited", "tokens that a run may use in all"},
		{"EVALKIT_MAX_COST", "unlimited", "US dollars that a run may cost in all, as far as endpoints tell"},
		{"EVALKIT_LOG_DIR", "logs beside go.mod", "folder of the logs"},
		{"OPENAI_API_KEY", "", "key of openai/… models; other providers have their own"},
		{"OPENAI_BASE_URL", "https://api.openai.com/v1", "address of openai/… models"},
	}
}

// settings is how a run is to be done: defaults, then the environment, then a
// spec's options.
type settings struct {
	samples, cap, concurrency int
	seed                      uint64
	trial                     int
	reportUndecided           bool
	rejudge                   string
	judgeAgain                bool
	logDir                    string
	backend                   Backend // nil: the one that this machine allows
}

// Defaults of settings.
const (
	DefaultSamples     = 10
	DefaultConcurrency = 10
	DefaultSeed        = 1
)

// readSettings takes the environment up. Every malformed variable is named.
func readSettings(env func(string) string) (settings, error) {
	r := reader{env: env}
	s := settings{
		samples:         r.positive("EVALKIT_SAMPLES", DefaultSamples),
		cap:             r.positive("EVALKIT_CAP", 0),
		concurrency:     r.positive("EVALKIT_CONCURRENCY", DefaultConcurrency),
		seed:            uint64(r.positive("EVALKIT_SEED", DefaultSeed)),
		trial:           r.positive("EVALKIT_TRIAL", 0),
		reportUndecided: r.oneOf("EVALKIT_UNDECIDED", "fail", "report") == "report",
		rejudge:         env("EVALKIT_REJUDGE"),
		judgeAgain:      r.oneOf("EVALKIT_JUDGE_AGAIN", "0", "1") == "1",
		logDir:          env("EVALKIT_LOG_DIR"),
	}
	r.oneOf("EVALKIT_LIVE", "0", "1") // read by Allowed
	return s, errors.Join(r.errs...)
}

type reader struct {
	env  func(string) string
	errs []error
}

func (r *reader) positive(name string, otherwise int) int {
	text := r.env(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		r.errs = append(r.errs, fmt.Errorf("%s=%q is not a whole number above 0", name, text))
		return otherwise
	}
	return n
}

func (r *reader) oneOf(name string, otherwise, other string) string {
	switch text := r.env(name); text {
	case "", otherwise:
		return otherwise
	case other:
		return other
	default:
		r.errs = append(r.errs, fmt.Errorf("%s=%q is neither %q nor %q", name, text, otherwise, other))
		return otherwise
	}
}

// Required says whether EVALKIT_REQUIRE=1 asks that no spec be skipped for want
// of a model.
func Required() bool { return os.Getenv("EVALKIT_REQUIRE") == "1" }
