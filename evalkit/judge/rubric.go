package judge

import "github.com/evalkit-go/evalkit/evalkit/world"

// What a rubric is made of lives where behaviours can reach it.
type (
	// Rubric is a question with a closed list of verdicts.
	Rubric = world.Rubric
	// Verdict is one of the list.
	Verdict = world.RubricVerdict
	// Question is a rubric with the passages that it is asked of.
	Question = world.JudgeQuestion
	// Passage is a piece of a trial's record.
	Passage = world.Passage
	// Answer is a verdict, or why there is none.
	Answer = world.JudgeAnswer
)
