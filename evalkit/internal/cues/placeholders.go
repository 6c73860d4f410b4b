package cues

var (
	// nobody are names that stand for no one.
	nobody = re(`\b(?:(?:John|Jane|Jack|Janet) (?:Doe|Roe|Smith|Q\. Public)|Joe (?:Bloggs|Public|Sixpack)|Max Mustermann|Erika Mustermann|A\. ?N\. ?Other|Alice and Bob|Bob and Alice|(?:Acme|ACME|Contoso|Initech|Globex|Umbrella Corp|Foobar|FooBar|Widgets?,? (?:Inc|Corp|Co|Ltd)\b|Some ?Corp|My ?Company|Your ?Company|TechCorp|Tech Corp|Mega ?Corp|Example Corp|ExampleCorp|Sample Corp|Test Corp|Big ?Corp|Generic ?Corp|Fake ?Corp|XYZ (?:Corp|Inc|Ltd|Company)|ABC (?:Corp|Inc|Ltd|Company))|(?:Company|Corporation|Organi[sz]ation|Person|User|Employee|Customer|Vendor|Server|Project|Department) [A-Z]\b|Lorem ipsum|lorem ipsum)`)
	// metasyntactic are the words that programmers put where a name would be.
	metasyntactic = re(`(?i)\b(?:foo|foobar|baz|qux|quux|asdf|blah|user_?name_?here|your[-_ ]?name[-_ ]?here|changeme|tbd|todo|fixme|placeholder|person1|user1|user123|file1|document1|company1|agent1)\b`)
	// slots are those that nobody has filled.
	slots = re(`\{\{? ?[a-z][a-z0-9_ ]{1,30} ?\}?\}|\$\{[a-z_]{2,30}\}|<(?:NAME|YOUR[_ -][A-Z_ -]+|COMPANY[A-Z_ -]*|INSERT[A-Z_ -]*|PLACEHOLDER|USER(?:NAME)?|DATE|TITLE)>|\[(?:NAME|YOUR [A-Z ]+|COMPANY[A-Z ]*|INSERT[A-Za-z ]*|REDACTED|PLACEHOLDER|DATE|TITLE|Name|Your [A-Za-z ]+|Company(?: Name)?)\]`)
)

// placeholders finds names that nobody has.
func placeholders(s *scene) []Find {
	list := s.finds(nobody, nil, told, label, document)
	return append(list, s.finds(metasyntactic, nil, told, label, document)...)
}
