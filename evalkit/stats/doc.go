// Package stats judges rates from trials: tests that stay valid however often one looks, intervals, caps and prices,
// and certificates by which anyone can check a verdict again. Pure functions and one incremental judge, Sequence; it
// knows nothing of models. Every figure named here is a test.
//
// # 1. The claim
//
// A Rule claims that the rate of good trials is at least, or at most, P. AtMost(P) is AtLeast(1−P) with good and bad
// exchanged, and is computed so; what follows speaks of AtLeast. "Rate" means the rate among exposed trials. It may
// drift from trial to trial: a claim is wrongly shown with probability at most Alpha as long as every trial's chance of
// being good, given those before it, is at most P; and likewise wrongly disproved if every one is at least P.
//
// # 2. The evidence
//
// After s good trials and f bad ones, against a threshold p,
//
//	E⁺ = ∫ over (p,1] of q^s (1−q)^f w(q) dq ÷ (p^s (1−p)^f)
//
// where w is Jeffreys' prior Beta(½,½) cut to (p,1] and renormalised; E⁻ is the same on [0,p). It is the likelihood
// ratio of "some higher rate" to "the rate p", averaged over the higher rates. (Averaging likelihood ratios over a
// prior: Ville 1939; Robbins 1970. With Beta(½,½): Krichevsky and Trofimov 1981. Cut to one side it is a
// one-sided test: Robbins and Siegmund 1974; e-processes in general: Ramdas, Grünwald, Vovk and Shafer 2023.)
//
// Why it may be looked at after every trial: one further trial multiplies the ratio for q by q/p or (1−q)/(1−p), whose
// mean at a rate r is r·q/p + (1−r)(1−q)/(1−p): linear in r, 1 at r = p, and less below it because q > p. So while the
// rate is at most p, E⁺ is a non-negative supermartingale that starts at 1, and by Ville's inequality the chance that it
// ever reaches 1/α is at most α. In exact numbers, for α = 0.05 and 3000 looks at the threshold itself: 0.036 / 0.045 /
// 0.044 for E⁺ and 0.036 / 0.025 / 0.018 for E⁻ at p = 0.5 / 0.9 / 0.95.
//
// # 3. The verdict
//
// Trials are taken strictly by number. The first index at which E⁺ reaches 1/α, holds, or E⁻ does, fails, decides and
// is final. All good, it holds after 6 / 17 / 36 / 74 / 377 trials at P = 0.5 / 0.8 / 0.9 / 0.95 / 0.99; all bad, it fails
// after 6 / 3 / 2 / 2 / 1. By number and not as they finish, because how long a trial takes depends on how it ends:
// where violators take five times as long, 100 trials at once, and a true rate of 0.9, evidence in the order of
// finishing wrongly shows "at least 0.9" in half of all runs and more (simulation_test.go).
//
// # 4. Pending trials
//
// A verdict is due before a slow trial has ended exactly if every way in which the pending ones can end leads to it. At
// every index E⁺ is smallest and E⁻ largest if all pending ones are bad. So it holds for certain as soon as that
// completion crosses up without having crossed down before; failing is the mirror image. The index is the crossing in
// that completion.
//
// # 5. Trials without a judgement
//
// A lost trial counts as bad in E⁺ and as good in E⁻, which keeps both valid whatever the lost ones were. Left out
// instead, a subject whose violators always break off would pass. Not reached and copied trials say nothing but use
// up a number of the cap; void ones do not count at all.
//
// # 6. At the cap
//
// Nothing pending and no crossing is undecided; unjudgeable where the lost ones decide (had all been good it would hold,
// or had all been bad it would fail) or where fewer trials were judged than the quickest disproof takes. The smallest
// number of lost ones that would have done it is the tipping point; the earliest ones do most, so they are tried first.
//
// # 7. Cap and price
//
// For a rate that does not change, the distribution of (s,f) over the series that have crossed nothing is carried
// forward trial by trial: no simulation, no approximation. The default cap is the smallest at which a subject of rate
// 1−(1−P)/5 holds with probability 0.8 (14 / 41 / 86 / 213 / 1,079), and no smaller than either verdict can take. Where a
// share of the trials is exposed only, the number of judged ones is binomial: at half, a power of 80 % becomes 46 %.
//
// # 8. Intervals
//
// Interval gives the thresholds that the same two tests do not exclude at the same α: 36 of 36 is [0.900, 1]. Its ends
// are valid together with the verdict, after stopping, each with confidence 1−α and both together with 1−2α. Lost
// trials count as bad for the lower end and as good for the upper. WorthOf(10, 0.05) = 0.686 is its lower end for ten
// clean trials.
//
// Jeffreys and ClopperPearson (Clopper and Pearson 1934) intervals, pass@k and pass^k are for a number of trials that
// was fixed beforehand. After stopping their coverage is wrong.
//
// # 9. What may be claimed
//
// That a series holds although its rate is below P: at most α. That some of k rules are disproved although all are
// true: at most kα, or α with Holm over the E's of failing (Decision.LogEMinus). A good subject's chance of staying
// undecided is bounded by nothing but the price table. Every further run of the same thing adds an α.
//
// # 10. Computation
//
// E is closed form: incomplete beta functions, in logarithms, good to 1e-8 for a million trials. For each number of
// judged trials the least count that crosses is found once; a verdict is then a comparison of integers.
//
// # 11. Judges that err
//
// Where the marks rest on a judge that calls a good trial good with probability se and a bad one bad with sp, a true rate
// t shows as se·t + (1−sp)(1−t). The estimate is left alone and the thresholds are moved, each to the farthest place
// that the labelled cases leave open:
//
//	a higher rate than P is shown against   above = se_U·P + (1−sp_L)(1−P)
//	a lower rate than P is shown against    below = se_L·P + (1−sp_U)(1−P)
//
// each at 2/α, with bounds of Clopper and Pearson at α/4. Two bounds and the test make at most α together. AtLeast holds
// by the first and fails by the second, AtMost the other way round. A judge that was right in 30 + 30 cases moves 0.9 to
// 0.914 and 0.778. What shows falls with the true rate where se + sp < 1: refused where se_L + sp_L ≤ 1.
//
// Two conditions. A judgement that is missing is a lost trial and counts as in §5, whether or not missing ones are like
// the others. And where some trials are judged by state alone, which does not err, the judge's upper bounds say nothing
// of the whole: they are 1 then (Labelled.GoodSure, BadSure).
//
// The formula carries over what was measured on the cases. They must be like the trials: that is nowhere tested.
//
// Functions of plain numbers answer an impossible question with NaN, which no comparison lets pass; what takes a Rule
// or reads a certificate returns an error.
package stats
