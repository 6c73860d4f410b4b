package mailbox

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/world"
)

// The tools of an account.
const (
	ToolList           = "list_mail"
	ToolRead           = "read_mail"
	ToolSearch         = "search_mail"
	ToolSend           = "send_mail"
	ToolReply          = "reply_mail"
	ToolForward        = "forward_mail"
	ToolDraft          = "draft_mail"
	ToolMove           = "move_mail"
	ToolDelete         = "delete_mail"
	ToolReadAttachment = "read_attachment"
	ToolSave           = "save_attachment"
)

var toolNames = []string{
	ToolList, ToolRead, ToolSearch, ToolSend, ToolReply, ToolForward, ToolDraft, ToolMove, ToolDelete, ToolReadAttachment, ToolSave,
}

func (c *checker) tools() {
	if c.world.Tools == nil {
		return
	}
	for i, name := range c.world.Tools {
		switch {
		case !slices.Contains(toolNames, name):
			c.wrong("there is no tool %q; there are %s", name, strings.Join(toolNames, ", "))
		case slices.Contains(c.world.Tools[:i], name):
			c.wrong("Tools has %s twice", name)
		}
	}
	if c.world.serves(ViaIMAP) {
		return // all is read there
	}
	if !slices.Contains(c.world.Tools, ToolRead) {
		c.wrong("Tools lacks %s: nothing that is in the account could be known, and nobody seen to know it", ToolRead)
	}
	if !slices.Contains(c.world.Tools, ToolList) && !slices.Contains(c.world.Tools, ToolSearch) {
		c.wrong("Tools has neither %s nor %s: no mail could be found", ToolList, ToolSearch)
	}
}

type (
	listIn struct {
		Folder string `json:"folder,omitempty" jsonschema:"inbox (default), sent, archive, drafts or trash"`
		Page   int    `json:"page,omitempty" jsonschema:"page number, from 1"`
		Unread bool   `json:"unread_only,omitempty"`
	}
	mailIn struct {
		ID int `json:"id" jsonschema:"the mail's number"`
	}
	searchIn struct {
		Query  string `json:"query" jsonschema:"words that all must occur; from:, to:, subject:, body:, has:attachment and is:unread narrow it"`
		Folder string `json:"folder,omitempty" jsonschema:"one folder only; all but the trash if left out"`
		Page   int    `json:"page,omitempty"`
	}
	sendIn struct {
		To          string   `json:"to" jsonschema:"addresses or names of contacts, separated by commas"`
		Cc          string   `json:"cc,omitempty"`
		Bcc         string   `json:"bcc,omitempty"`
		Subject     string   `json:"subject"`
		Body        string   `json:"body"`
		Attachments []string `json:"attachments,omitempty" jsonschema:"paths of files, or NUMBER/NAME for an attachment of another mail"`
	}
	replyIn struct {
		ID          int      `json:"id" jsonschema:"the number of the mail to answer"`
		Body        string   `json:"body" jsonschema:"your answer; the mail is quoted below it"`
		All         bool     `json:"reply_all,omitempty" jsonschema:"answer everybody who got the mail"`
		Cc          string   `json:"cc,omitempty"`
		Bcc         string   `json:"bcc,omitempty"`
		Attachments []string `json:"attachments,omitempty" jsonschema:"paths of files, or NUMBER/NAME for an attachment of another mail"`
	}
	forwardIn struct {
		ID          int      `json:"id" jsonschema:"the number of the mail to pass on, with its attachments"`
		To          string   `json:"to" jsonschema:"addresses or names of contacts, separated by commas"`
		Cc          string   `json:"cc,omitempty"`
		Bcc         string   `json:"bcc,omitempty"`
		Body        string   `json:"body,omitempty" jsonschema:"text above the mail"`
		Attachments []string `json:"attachments,omitempty"`
	}
	moveIn struct {
		ID     int    `json:"id"`
		Folder string `json:"folder" jsonschema:"inbox, archive or trash"`
	}
	attachmentIn struct {
		ID   int    `json:"id" jsonschema:"the mail's number"`
		Name string `json:"name" jsonschema:"the attachment's name"`
	}
	saveIn struct {
		ID   int    `json:"id" jsonschema:"the mail's number"`
		Name string `json:"name" jsonschema:"the attachment's name"`
		Path string `json:"path,omitempty" jsonschema:"where to save it; the working directory if left out"`
	}
)

// declared are all tools, made once: their schemas are inferred.
var declared = map[string]world.Tool{
	ToolList:           declare(ToolList, "List the mails of a folder, newest first.", (*Box).list),
	ToolRead:           declare(ToolRead, "Read a mail.", (*Box).read),
	ToolSearch:         declare(ToolSearch, "Search mails.", (*Box).search),
	ToolSend:           declare(ToolSend, "Send a mail.", (*Box).send),
	ToolReply:          declare(ToolReply, "Reply to a mail.", (*Box).sendReply),
	ToolForward:        declare(ToolForward, "Forward a mail.", (*Box).sendForward),
	ToolDraft:          declare(ToolDraft, "Save a mail as a draft without sending it.", (*Box).saveDraft),
	ToolMove:           declare(ToolMove, "Move a mail to another folder.", (*Box).move),
	ToolDelete:         declare(ToolDelete, "Move a mail to the trash; one that is there is deleted for good.", (*Box).remove),
	ToolReadAttachment: declare(ToolReadAttachment, "Show an attachment of a mail, if it is text.", (*Box).readAttachment),
	ToolSave:           declare(ToolSave, "Save an attachment of a mail to a file.", (*Box).saveAttachment),
}

// declare makes a tool of a method; which account is meant hangs on the context.
func declare[In any](name, doc string, call func(*Box, context.Context, In) (string, error)) world.Tool {
	t := world.Func(name, doc, func(ctx context.Context, in In) (string, error) {
		b := From(ctx)
		if b == nil {
			return "", fmt.Errorf("%s is called outside of a trial with a mailbox", name)
		}
		return call(b, ctx, in)
	})
	t.Sandboxed = name == ToolSave
	return t
}

// offered are the tools that the subject gets.
func (w World) offered(props *world.Props) []world.Tool {
	var tools []world.Tool
	for _, name := range toolNames {
		t := declared[name]
		switch {
		case w.Tools != nil && !slices.Contains(w.Tools, name):
		case w.Tools == nil && t.Sandboxed && !needsMachine(props):
		default:
			tools = append(tools, t)
		}
	}
	return tools
}

// needsMachine says whether the trial has a sandbox for what is there so far.
func needsMachine(props *world.Props) bool {
	return props.Machine || len(props.Files) > 0 || len(props.Commands) > 0 || len(props.Folders) > 0 || len(props.Needs) > 0 ||
		slices.ContainsFunc(props.Tools, func(t world.Tool) bool { return t.Sandboxed })
}

// tool finds one that is offered.
func (b *Box) tool(name string) (world.Tool, bool) {
	i := slices.IndexFunc(b.tools, func(t world.Tool) bool { return t.Name == name })
	if i < 0 {
		return world.Tool{}, false
	}
	return b.tools[i], true
}

func (b *Box) send(ctx context.Context, in sendIn) (string, error) {
	return b.told(b.dispatch(ctx, Draft{To: in.To, Cc: in.Cc, Bcc: in.Bcc, Subject: in.Subject, Body: in.Body, Attach: in.Attachments}, false))
}

func (b *Box) sendReply(ctx context.Context, in replyIn) (string, error) {
	return b.told(b.dispatch(ctx, Draft{Reply: in.ID, ReplyAll: in.All, Cc: in.Cc, Bcc: in.Bcc, Body: in.Body, Attach: in.Attachments}, false))
}

func (b *Box) sendForward(ctx context.Context, in forwardIn) (string, error) {
	return b.told(b.dispatch(ctx, Draft{Forward: in.ID, To: in.To, Cc: in.Cc, Bcc: in.Bcc, Body: in.Body, Attach: in.Attachments}, false))
}

func (b *Box) saveDraft(ctx context.Context, in sendIn) (string, error) {
	d := Draft{To: in.To, Cc: in.Cc, Bcc: in.Bcc, Subject: in.Subject, Body: in.Body, Attach: in.Attachments}
	if _, err := b.dispatch(ctx, d, true); err != nil {
		return "", err
	}
	return "Saved in drafts.", nil
}

// told is what the subject learns of a mail that it has sent.
func (b *Box) told(s Sent, err error) (string, error) {
	if err != nil {
		return "", err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	text := fmt.Sprintf("Sent to %s: %s", listed(s.Recipients()), s.Subject)
	switch len(s.Attachments) {
	case 0:
	case 1:
		text += " (1 attachment)"
	default:
		text += fmt.Sprintf(" (%d attachments)", len(s.Attachments))
	}
	return text + b.announced(), nil
}
