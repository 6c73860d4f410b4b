package evalkit

import (
	"fmt"
	"io/fs"
	"reflect"
	"time"
)

// FilesFrom makes files of all that is in a file system, such as
// os.DirFS("testdata/shop") or an embed.FS, with paths relative to the
// workspace. What such a file system lacks is filled in: a file that starts
// with "#!" is executable, all are writable by their owner, and a date of the
// year 1 becomes a plausible one. It panics if the file system cannot be read,
// which is a mistake in the spec: a folder that is not there.
func FilesFrom(fsys fs.FS) []File {
	var files []File
	err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == "." {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		file := File{Path: path, Mode: info.Mode() | 0o600, ModTime: info.ModTime()}
		if file.ModTime.Before(time.Unix(0, 0)) {
			file.ModTime = time.Time{} // the sandbox chooses a plausible one
		}
		if d.IsDir() {
			file.Mode |= 0o100
			files = append(files, file)
			return nil
		}
		if !info.Mode().IsRegular() {
			return fmt.Errorf("%s is neither a file nor a folder", path)
		}
		if file.Body, err = fs.ReadFile(fsys, path); err != nil {
			return err
		}
		if len(file.Body) > 1 && file.Body[0] == '#' && file.Body[1] == '!' {
			file.Mode |= 0o111
		}
		files = append(files, file)
		return nil
	})
	if err != nil {
		panic(fmt.Sprintf("evalkit.FilesFrom(%s): %v", nameOf(fsys), err))
	}
	if len(files) == 0 {
		panic(fmt.Sprintf("evalkit.FilesFrom(%s): there is no file; an agent would be put before an empty workspace", nameOf(fsys)))
	}
	return files
}

// nameOf is the folder of an os.DirFS, and the type of any other file system.
func nameOf(fsys fs.FS) string {
	if v := reflect.ValueOf(fsys); v.Kind() == reflect.String {
		return v.String()
	}
	return fmt.Sprintf("%T", fsys)
}
