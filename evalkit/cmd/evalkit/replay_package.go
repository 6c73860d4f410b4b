package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// goPackage is what `go list` says of a package.
type goPackage struct {
	Dir, ImportPath, Name                        string
	GoFiles, CgoFiles, TestGoFiles, XTestGoFiles []string
	Module                                       *struct {
		Dir  string
		Main bool
	}
	Error *struct{ Err string }
}

// find asks the go command for the package, and refuses one that cannot be imported.
func (o own) find(ctx context.Context) (goPackage, error) {
	var p goPackage
	list := exec.CommandContext(ctx, "go", "list", "-e", "-json=Dir,ImportPath,Name,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles,Module,Error", "--", o.pkg)
	var said strings.Builder
	list.Stderr = &said
	out, err := list.Output()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return p, fmt.Errorf("a scenario of your own is built with the go command, which is not there: %w", err)
	case err != nil:
		return p, fmt.Errorf("the go command knows no package %s: %w\n%s", o.pkg, err, said.String())
	}
	if err := json.NewDecoder(strings.NewReader(string(out))).Decode(&p); err != nil {
		return p, fmt.Errorf("reading what the go command says of %s: %w", o.pkg, err)
	}
	tests := slices.Concat(p.TestGoFiles, p.XTestGoFiles)
	switch {
	case p.Name == "main":
		return p, fmt.Errorf("%s is a program, which cannot be imported; move the scenario into a package of its own", o.pkg)
	case len(p.GoFiles)+len(p.CgoFiles) == 0 && len(tests) > 0:
		return p, fmt.Errorf("%s has _test.go files alone, which cannot be imported; move the scenario into a file of another name", o.pkg)
	case p.Error != nil && isFolder(o.pkg) && !strings.HasPrefix(o.pkg, ".") && !filepath.IsAbs(o.pkg):
		return p, fmt.Errorf("there is no package %s; for the folder of this name write ./%s", o.pkg, o)
	case p.Error != nil:
		return p, errors.New(strings.TrimSpace(p.Error.Err))
	}
	return p, o.declared(p, tests)
}

// declared refuses a name that the package does not export, and lists what there is.
func (o own) declared(p goPackage, tests []string) error {
	exported, scenarios := p.exports(slices.Concat(p.GoFiles, p.CgoFiles))
	if slices.Contains(exported, o.name) {
		return nil
	}
	if inTests, _ := p.exports(tests); slices.Contains(inTests, o.name) {
		return fmt.Errorf("%s stands in a _test.go file, which cannot be imported; move it into a file of another name", o.name)
	}
	return fmt.Errorf("%s exports no variable or function %s; %s", p.ImportPath, o.name, listed(scenarios))
}

func listed(scenarios []string) string {
	if len(scenarios) == 0 {
		return "it has no exported variable of type evalkit.Scenario and no function that returns one"
	}
	return "its scenarios are " + strings.Join(scenarios, ", ")
}

// hint is what to look for when the package does not build.
func (p goPackage) hint(name string) string {
	_, scenarios := p.exports(slices.Concat(p.GoFiles, p.CgoFiles))
	if slices.Contains(scenarios, name) {
		return ""
	}
	return listed(scenarios) + "\n"
}

// home is where the program finds its place: inside the package's folder, so that it may import what is internal
// there; for a package of another module, in the folder that the command runs in.
func (p goPackage) home() string {
	if p.Module == nil || p.Module.Main {
		return p.Dir
	}
	wd, err := filepath.Abs(".")
	if err != nil {
		return "."
	}
	return wd
}

// exports lists the exported variables and functions in files of the package, and those that seem to be scenarios. A
// file that does not parse is passed over: the build says what is wrong with it.
func (p goPackage) exports(files []string) (all, scenarios []string) {
	add := func(name *ast.Ident, scenario bool) {
		if !name.IsExported() {
			return
		}
		if all = append(all, name.Name); scenario {
			scenarios = append(scenarios, name.Name)
		}
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		for _, d := range parsed.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil {
					add(d.Name, d.Type.Results != nil && len(d.Type.Results.List) > 0 && isScenario(d.Type.Results.List[0].Type))
				}
			case *ast.GenDecl:
				if d.Tok == token.VAR {
					exportedVars(d, add)
				}
			}
		}
	}
	slices.Sort(all)
	slices.Sort(scenarios)
	return all, scenarios
}

func exportedVars(d *ast.GenDecl, add func(*ast.Ident, bool)) {
	for _, spec := range d.Specs {
		v, ok := spec.(*ast.ValueSpec)
		if !ok {
			continue
		}
		for i, name := range v.Names {
			scenario := isScenario(v.Type)
			if i < len(v.Values) {
				scenario = scenario || isLiteral(v.Values[i])
			}
			add(name, scenario)
		}
	}
}

// isLiteral says whether a value is a scenario written out, or a pointer to one.
func isLiteral(value ast.Expr) bool {
	switch value := value.(type) {
	case *ast.UnaryExpr:
		return value.Op == token.AND && isLiteral(value.X)
	case *ast.CompositeLit:
		return isScenario(value.Type)
	}
	return false
}

// isScenario says whether a type reads evalkit.Scenario, or a pointer to it.
func isScenario(t ast.Expr) bool {
	switch t := t.(type) {
	case *ast.StarExpr:
		return isScenario(t.X)
	case *ast.SelectorExpr:
		return t.Sel.Name == "Scenario"
	}
	return false
}
