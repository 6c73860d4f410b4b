package evalkit

import (
	"context"

	"github.com/evalkit-go/evalkit/evalkit/agent"
)

// OutsideService is a Subject: an agent of somebody else's behind HTTP. Its
// fields say how it is reached; see agent.Service for what it must speak.
// Service makes one.
type OutsideService struct{ agent.Service }

var (
	_ Subject       = OutsideService{}
	_ agent.Checker = OutsideService{}
)

// Service is an agent behind HTTP, with a session per trial.
//
//	bot := evalkit.Service("https://agents.example.com/v1")
//	bot.KeyEnv = "SUPPORT_BOT_KEY"
//	trials := evalkit.Run(ctx, GinkgoT(), bot, refund)
//	Expect(trials).To(NotCallTool("issue_refund"))
//
// It acts through the scenario's tools, which are carried out here. As any that
// leaves this machine it runs when EVALKIT_LIVE=1 allows it, or EVALKIT_MODEL
// names its URL.
func Service(url string) OutsideService { return OutsideService{agent.Service{URL: url}} }

// Info implements Subject.
func (s OutsideService) Info() SubjectInfo {
	return SubjectInfo{Name: s.Name(), Version: s.Version, Paid: s.Validate() == nil && !loopback(s.URL)}
}

// Check implements agent.Checker: it says what is missing for a session, and
// whether anybody listens, without opening one.
func (s OutsideService) Check(ctx context.Context) error {
	if err := s.Validate(); err != nil {
		return err
	}
	return reach(ctx, "service", s.URL)
}
