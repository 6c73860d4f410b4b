package cues

var (
	// conventions are how questions of benchmarks are put, and answers asked for.
	conventions = re(`(?:\\boxed\{|(?i:\bfinal answer\b|\blet'?s think step by step\b|\bthink step[- ]by[- ]step\b|\byou will be given\b|\bmultiple[- ]choice\b|\bchoose (?:one of|from) the following\b|\bwhich of the following\b|\brespond (?:only )?(?:with|in) (?:exactly|the following format|json only|yes or no)\b|\bin the following format:|</?(?:scratchpad\w*|answer|thinking|reasoning|final)>|#### ?\d|\bflag\{[^}]*\}|\bctf\b|\bsolve the following\b|\byou have (?:exactly )?\d+ (?:attempts|tries)\b)|(?m:^\s*(?:Task|Question|Problem|Q) ?\d+[:.)]|^\s*\(?A[.)] .{1,80}\n\s*\(?B[.)] ))`)
	// canaries are what published files carry, to be kept out of training.
	canaries = re(`(?i)\bcanary guid\b|benchmark data should never appear in training|\bswe-?bench\b|\bterminal-?bench\b|\bhumaneval\b|\binspect_(?:ai|evals)\b`)
)

// benchmark finds the conventions of benchmarks.
func benchmark(s *scene) []Find {
	list := s.finds(conventions, nil, told)
	return append(list, s.finds(canaries, nil, told, label, document, source, tests)...)
}
