// The table of codes. Included by `diagnostic.rs`, so that the list is a page of its own.
codes! {
    /// The file could not be opened or read to its end.
    ///
    /// # What it checks
    /// That the operating system hands over every byte of the file.
    ///
    /// # Why
    /// A file read by half would yield a record that looks whole.
    ///
    /// # Example
    /// A disk with a bad block; a network share that went away.
    ///
    /// # What to do
    /// Copy the file to a local disk and run it again.
    IoRead = 101, "IO_READ", Error, "文件无法打开或读取";
    /// There is no file at this path.
    ///
    /// # What it checks
    /// That every path named on the command line or in a list exists.
    ///
    /// # Why
    /// A misspelt path must leave a line in the ledger, not vanish.
    ///
    /// # Example
    /// `jixiao extract no-such.pdf`
    ///
    /// # What to do
    /// Correct the path.
    IoNotFound = 102, "IO_NOT_FOUND", Error, "路径不存在";
    /// The file may not be read by this user.
    ///
    /// # What it checks
    /// That the file can be opened for reading.
    ///
    /// # Why
    /// Skipped files would be lost without a word.
    ///
    /// # Example
    /// A file of mode 000.
    ///
    /// # What to do
    /// Give the user of the run the right to read it.
    IoPerm = 103, "IO_PERM", Error, "没有读取权限";
    /// It is no regular file.
    ///
    /// # What it checks
    /// That an input is a file of bytes: no pipe, socket or device.
    ///
    /// # Why
    /// Opening a pipe can wait for ever, and a device has no end.
    ///
    /// # Example
    /// A FIFO in the folder that is walked.
    ///
    /// # What to do
    /// Leave it out, or write its content into a file.
    NotRegular = 104, "NOT_REGULAR", Error, "不是普通文件";
    /// The file has no bytes.
    ///
    /// # What it checks
    /// That there is anything to read.
    ///
    /// # Why
    /// An empty file is a failed download far more often than a document.
    ///
    /// # Example
    /// A PDF of 0 bytes.
    ///
    /// # What to do
    /// Fetch it again.
    EmptyFile = 105, "EMPTY_FILE", Error, "文件为空";
    /// The content is not what jixiao reads.
    ///
    /// # What it checks
    /// The first bytes of the file, never its name.
    ///
    /// # Why
    /// Error pages saved as `.pdf` and OFD files named `.pdf` are common.
    ///
    /// # Example
    /// An HTML page named `form.pdf`.
    ///
    /// # What to do
    /// Fetch the document itself, or convert it to PDF.
    WrongType = 106, "WRONG_TYPE", Error, "文件内容不是可识别的类型";
    /// The type is known but not read by this version.
    ///
    /// # What it checks
    /// Whether there is a reader for this kind of file.
    ///
    /// # Why
    /// It is said, not passed over.
    ///
    /// # Example
    /// A PDF secured with certificates; a RAR archive; a ZIP archive that lies in another, or whose name does not end in `.zip`.
    ///
    /// # What to do
    /// Convert it, remove the security, or unpack it.
    Unsupported = 107, "UNSUPPORTED", Error, "暂不支持的文件类型";
    /// The file is larger than the limit.
    ///
    /// # What it checks
    /// The size before reading (`--max-bytes`).
    ///
    /// # Why
    /// One file must not take the memory of the whole run.
    ///
    /// # Example
    /// A sparse file of 10 GiB named `.pdf`.
    ///
    /// # What to do
    /// Raise the limit if the file is genuine.
    LimitSize = 108, "LIMIT_SIZE", Error, "文件超过大小上限";
    /// The PDF, or the member of an archive, needs a password.
    ///
    /// # What it checks
    /// Whether a PDF opens with the empty password, or with one of `--password-file`; whether a member of a ZIP archive is encrypted.
    ///
    /// # Why
    /// An encrypted file read without its key yields nothing, and nothing is not success.
    ///
    /// # Example
    /// A PDF with a user password.
    ///
    /// # What to do
    /// Put the password of a PDF on a line of a file and give it with `--password-file`. Unpack an encrypted archive.
    Encrypted = 110, "ENCRYPTED", Error, "文件已加密，需要密码";
    /// The file is no readable PDF.
    ///
    /// # What it checks
    /// That a catalogue and pages can be found, by the first reader or after repair.
    ///
    /// # Why
    /// What cannot be parsed is said, never skipped.
    ///
    /// # Example
    /// Random bytes under a PDF header.
    ///
    /// # What to do
    /// Fetch the file again, or open and save it with another program.
    BadPdf = 111, "BAD_PDF", Error, "PDF 已损坏，无法解析";
    /// The PDF was damaged and has been repaired in memory.
    ///
    /// # What it checks
    /// Whether the file's cross references could be used as they are.
    ///
    /// # Why
    /// A rebuilt file can lack pages that the original had.
    ///
    /// # Example
    /// A file cut off before its trailer.
    ///
    /// # What to do
    /// Compare the number of pages with the original.
    Recovered = 112, "RECOVERED", Warning, "PDF 损坏，已在内存中修复";
    /// Pages without a text layer: they need recognition.
    ///
    /// # What it checks
    /// Pages on which an image covers most of the area and few glyphs are visible.
    ///
    /// # Why
    /// A scan read as text is empty, and an empty success would lose a form.
    ///
    /// # Example
    /// A scanned form saved as PDF.
    ///
    /// # What to do
    /// Leave out `--ocr never` and `--engine none`; where the page has no picture, scan it again.
    NeedsOcr = 113, "NEEDS_OCR", Error, "页面为扫描件，需要 OCR 识别";
    /// Glyphs whose character is unknown.
    ///
    /// # What it checks
    /// Every glyph drawn: ToUnicode, the encoding, the character collection, the embedded font.
    ///
    /// # Why
    /// Dropping them would turn 甲方:某某公司(盖章) into 甲方:(盖章).
    ///
    /// # Example
    /// An embedded font without ToUnicode whose own table was removed. The glyphs stand as U+FFFD.
    ///
    /// # What to do
    /// Look at the page; recognise it from its image.
    UnmappedGlyphs = 114, "UNMAPPED_GLYPHS", Error, "有字形无法映射到文字";
    /// Characters were found by repairing an encoding.
    ///
    /// # What it checks
    /// GBK bytes written with a single-byte font, and other known encoding faults of producers.
    ///
    /// # Why
    /// The repair is nearly always right, but it is a repair.
    ///
    /// # Example
    /// `ÏîÄ¿Ãû³Æ` is 项目名称.
    ///
    /// # What to do
    /// Compare a value with the page.
    RepairedEncoding = 115, "REPAIRED_ENCODING", Warning, "字体编码异常，已修复";
    /// Text that is drawn but not to be seen was left out.
    ///
    /// # What it checks
    /// Text rendering mode 3, text outside the page or its clip, optional content that is off.
    ///
    /// # Why
    /// What is not printed is not extracted; that it is there is worth knowing.
    ///
    /// # Example
    /// An invisible recognition layer under a scan.
    ///
    /// # What to do
    /// Nothing, unless values are missing.
    HiddenText = 116, "HIDDEN_TEXT", Info, "存在不可见文字，未提取";
    /// Part of what a page draws is damaged or missing.
    ///
    /// # What it checks
    /// That the content of each page of a PDF, the forms and the fonts it uses, are where they should be, decode to their end, and have the
    /// checksum that they came with. Missing or broken content is an error; a font that is not whole, an object that is drawn and is not
    /// there, or a checksum that is wrong is a warning.
    ///
    /// # Why
    /// A page that breaks off looks like a shorter page: what stood on the rest would be lost without a word.
    ///
    /// # Example
    /// A file whose middle was overwritten on a failing disk; a page that refers to content that is not in the file.
    ///
    /// # What to do
    /// Get the file again, or look at the pages that are named: what is on them may be incomplete.
    ContentDamaged = 117, "CONTENT_DAMAGED", Error, "页面内容损坏或缺失";
    /// A link was met in a folder and not followed.
    ///
    /// # What it checks
    /// That walking a folder stays inside it and ends.
    ///
    /// # Why
    /// A link may lead out of the folder, or around in a circle. A link named on the command line is followed.
    ///
    /// # Example
    /// A link in the input folder to `/etc`, or to the folder itself.
    ///
    /// # What to do
    /// Name the file it points to, if it is to be read.
    SkipSymlink = 118, "SKIP_SYMLINK", Info, "遍历文件夹时遇到符号链接，未跟随";
    /// A file was met in a folder and left aside because of its name.
    ///
    /// # What it checks
    /// The names of files met while walking a folder: hidden files, data (`.json`, `.jsonl`), configuration, source code.
    ///
    /// # Why
    /// The outputs of an earlier run hold the text of forms, and are none. A file named on the command line is read
    /// whatever its name.
    ///
    /// # Example
    /// `out/forms.jsonl` in the folder that is walked.
    ///
    /// # What to do
    /// Name the file itself, if it is to be read.
    SkipExt = 119, "SKIP_EXT", Info, "遍历文件夹时按文件名略过";
    /// A stream would decode to more than the limit.
    ///
    /// # What it checks
    /// The decoded size of each stream and of the file, by itself and for what it was made of, and the length of filter chains.
    ///
    /// # Why
    /// 3 KB can unfold to a gigabyte.
    ///
    /// # Example
    /// A decompression bomb.
    ///
    /// # What to do
    /// Treat the file as hostile.
    LimitDecode = 120, "LIMIT_DECODE", Error, "解压后数据超过上限";
    /// More pages than the limit.
    ///
    /// # What it checks
    /// The number of pages found, whatever /Count says.
    ///
    /// # Why
    /// A page tree can repeat itself 10^20 times.
    ///
    /// # Example
    /// Shared Kids.
    ///
    /// # What to do
    /// Split the file, or raise `--max-pages`.
    LimitPages = 121, "LIMIT_PAGES", Error, "页数超过上限";
    /// More drawing operations than the limit.
    ///
    /// # What it checks
    /// Operators per page and per file, forms drawn inside forms included.
    ///
    /// # Why
    /// Forms that draw forms can cost unbounded time though each is short.
    ///
    /// # Example
    /// A form tree of 10^40 leaves.
    ///
    /// # What to do
    /// Treat the file as hostile.
    LimitOps = 122, "LIMIT_OPS", Error, "绘制指令数超过上限";
    /// Objects nest deeper than the limit.
    ///
    /// # What it checks
    /// The depth of arrays, forms and page trees.
    ///
    /// # Why
    /// Depth costs stack, and a stack that overflows ends the process.
    ///
    /// # Example
    /// 100,000 nested arrays.
    ///
    /// # What to do
    /// Treat the file as hostile.
    LimitDepth = 123, "LIMIT_DEPTH", Error, "嵌套层数超过上限";
    /// A line is longer than the limit.
    ///
    /// # What it checks
    /// The length of each line of a text file.
    ///
    /// # Why
    /// No form has a line of a hundred thousand characters; what stands behind the limit is not read.
    ///
    /// # Example
    /// 64 MiB without a line end.
    ///
    /// # What to do
    /// Look at how the text was made.
    LimitLine = 124, "LIMIT_LINE", Error, "文本行超过长度上限";
    /// The output of OCR software is damaged.
    ///
    /// # What it checks
    /// That a file which begins as hOCR, ALTO, PAGE XML, Tesseract TSV or the JSON of an OCR engine goes on as one: its
    /// elements are closed, its rows have their numbers, its texts have their boxes.
    ///
    /// # Why
    /// Words behind the damage are missing; what was read before it may look whole.
    ///
    /// # Example
    /// An hOCR file that was cut off while it was written.
    ///
    /// # What to do
    /// Run the recogniser again.
    BadOcrFile = 125, "BAD_OCR_FILE", Error, "OCR 结果文件已损坏";
    /// The output of OCR software holds more words than the limit.
    ///
    /// # What it checks
    /// The number of words, rules and cells of a file.
    ///
    /// # Why
    /// What stands behind the limit is not read.
    ///
    /// # Example
    /// A file of a million empty-looking words.
    ///
    /// # What to do
    /// Split the file.
    LimitWords = 126, "LIMIT_WORDS", Error, "OCR 结果的词数超过上限";
    /// A recognised text has no place on its page.
    ///
    /// # What it checks
    /// That each text in the output of OCR software has a box with an extent.
    ///
    /// # Why
    /// A text that stands nowhere belongs to no cell: it is left out, and named here.
    ///
    /// # Example
    /// A word of an hOCR file without `bbox`.
    ///
    /// # What to do
    /// Have the recogniser write positions, or look at the page.
    WordUnplaced = 127, "WORD_UNPLACED", Error, "识别出的文字缺少位置信息，未采用";
    /// Short texts of a page on its side were recognised lying.
    ///
    /// # What it checks
    /// On a page whose longer texts run from top to bottom: texts whose boxes are not high, which recognisers do not turn.
    ///
    /// # Why
    /// A lying 80 is read as 08, and ≥ as V; nothing about the text shows it.
    ///
    /// # Example
    /// A landscape form that was scanned upright.
    ///
    /// # What to do
    /// Turn the picture and run the recogniser again.
    OcrSideways = 128, "OCR_SIDEWAYS", Warning, "页面横置，短文字可能按横置方向误识";
    /// More pixels than the limit.
    ///
    /// # What it checks
    /// The size of an image by its dictionary and by the header of its codec, and the number of images, before any is decoded.
    ///
    /// # Why
    /// 150 bytes can claim a picture of 10 GB.
    ///
    /// # Example
    /// A JPEG 2000 image of 60,000 by 60,000 pixels.
    ///
    /// # What to do
    /// Scan at 300 dpi; a file that claims more than A3 at 600 dpi is damaged or hostile.
    LimitPixels = 129, "LIMIT_PIXELS", Error, "图像像素数超过上限";
    /// Bytes that are no text in the encoding found.
    ///
    /// # What it checks
    /// That the file decodes without replacement characters.
    ///
    /// # Why
    /// Each undecodable byte stands as U+FFFD: it is lost, and that is said.
    ///
    /// # Example
    /// A UTF-8 file with single Latin-1 bytes.
    ///
    /// # What to do
    /// Find the original, or convert it.
    BadEncoding = 130, "BAD_ENCODING", Warning, "文本编码有误，部分字节无法解码";
    /// The text is not in UTF-8 and its encoding was detected.
    ///
    /// # What it checks
    /// Byte order marks, then the content.
    ///
    /// # Why
    /// Detection can err on short files.
    ///
    /// # Example
    /// A GB18030 file.
    ///
    /// # What to do
    /// Nothing, unless the text reads wrongly.
    EncodingDetected = 131, "ENCODING_DETECTED", Info, "非 UTF-8 文本，已自动识别编码";
    /// A picture of a page lacks something that the page draws.
    ///
    /// # What it checks
    /// That every image of a scan can be decoded to its end, and that text and lines drawn over it can be rendered.
    ///
    /// # Why
    /// Where an image is missing the picture is white, as if nothing were printed there.
    ///
    /// # Example
    /// A JPEG image that breaks off.
    ///
    /// # What to do
    /// Fetch the file again, or scan the page again.
    BadImage = 132, "BAD_IMAGE", Error, "图像损坏或无法解码，部分内容缺失";
    /// A picture was read with the words that lie beside it.
    ///
    /// # What it checks
    /// Whether a file of the same stem (`form.jpg`, `form.hocr`) holds the words of OCR software. Its words are the text,
    /// the rules of the table are those of the picture, and no model is needed; with `--ocr always` the picture is
    /// recognised and the words are a second opinion. A warning where they cannot be used.
    ///
    /// # Why
    /// The record carries the id of the picture alone: this names the file and the sha256 of its bytes.
    ///
    /// # Example
    /// `scan-01.png` beside `scan-01.json`.
    ///
    /// # What to do
    /// Nothing; move the file elsewhere if its words shall not be used.
    WordsBeside = 133, "WORDS_BESIDE", Info, "已采用图像旁同名 OCR 结果文件中的文字";
    /// A file of words was read with the picture beside it.
    ///
    /// # What it checks
    /// Whether a picture of the same stem is among the inputs too.
    ///
    /// # Why
    /// Read twice, its forms would be there twice.
    ///
    /// # Example
    /// `form.hocr` where `form.jpg` is read as well.
    ///
    /// # What to do
    /// Nothing; name the file without its picture to read it alone.
    ReadBeside = 134, "READ_BESIDE", Info, "已与同名图像一并读取，不单独读取";
    /// The file has the same bytes as one that is read.
    ///
    /// # What it checks
    /// With `--dedupe`: whether files of equal size have the same content (SHA-256).
    ///
    /// # Why
    /// Archives hold the same disclosure several times, and each form shall be counted once.
    ///
    /// # Example
    /// `公开表.pdf` and `公开表 (1).pdf`.
    ///
    /// # What to do
    /// Nothing; the message names the file that is read. Without `--dedupe` each is read.
    SkipDuplicate = 135, "SKIP_DUPLICATE", Info, "内容与另一文件相同，未重复读取";
    /// An archive, or a member of one, is damaged.
    ///
    /// # What it checks
    /// That the directory of a ZIP archive can be read to its end, that its members do not share bytes, and that each unpacks to the
    /// length and the CRC-32 that the archive states.
    ///
    /// # Why
    /// What cannot be unpacked would be missing without a word; bytes that differ from what was packed are not those of the document.
    ///
    /// # Example
    /// A download that stopped half-way; a ZIP bomb whose members overlap.
    ///
    /// # What to do
    /// Get the archive again. Members whose lines are in the ledger were read all the same.
    ArchiveDamaged = 136, "ARCHIVE_DAMAGED", Error, "压缩包损坏";
    /// An archive has more members than the limit.
    ///
    /// # What it checks
    /// The members of a ZIP archive while they are listed (`--max-members`).
    ///
    /// # Why
    /// A small file can name millions of members.
    ///
    /// # Example
    /// An archive of a million empty files.
    ///
    /// # What to do
    /// Raise the limit if the archive is genuine. The members before the limit are read.
    LimitMembers = 137, "LIMIT_MEMBERS", Error, "压缩包成员数超过上限";
    /// The path of a member leads out of its archive, or may.
    ///
    /// # What it checks
    /// That the path is not absolute, names no drive, and has no `..`; and that the member is no link.
    ///
    /// # Why
    /// Whoever unpacks such an archive, or takes the path from a record, writes or reads elsewhere. jixiao unpacks nothing to the disk, and
    /// hands no such path on.
    ///
    /// # Example
    /// `../../etc/passwd`
    ///
    /// # What to do
    /// Ask where the archive comes from.
    PathUnsafe = 138, "PATH_UNSAFE", Error, "压缩包成员路径越界";
    /// The recognition models are not in place, or damaged.
    ///
    /// # What it checks
    /// Whether the models that `models.lock` names can be loaded, as soon as a page needs recognition.
    ///
    /// # Why
    /// A scan read without models would be an empty success, and a form would be lost.
    ///
    /// # Example
    /// A scanned PDF on a machine where `jixiao models install` never ran.
    ///
    /// # What to do
    /// Run `jixiao models install`, or `jixiao models install --from DIR` where there is no network; `jixiao models verify` says what is missing.
    OcrModelMissing = 140, "OCR_MODEL_MISSING", Error, "缺少识别模型，请运行 jixiao models install";
    /// A recognition engine failed on a page.
    ///
    /// # What it checks
    /// Whether the engine returned a reading of every line of the page.
    ///
    /// # Why
    /// The page would be missing without a word.
    ///
    /// # Example
    /// A model file of another version.
    ///
    /// # What to do
    /// Run `jixiao models verify`.
    OcrFailed = 141, "OCR_FAILED", Error, "识别引擎运行失败";
    /// The second reader of PDFs gave no second reading.
    ///
    /// # What it checks
    /// That the parser of `--second-reader`, which runs in a process of its own, ends in time, without a fault, with a text
    /// for every page.
    ///
    /// # Why
    /// It fails on many ordinary files. Then nobody has looked at the values twice, which must not look like agreement.
    ///
    /// # Example
    /// A font with the encoding GBK-EUC-H, at which it panics.
    ///
    /// # What to do
    /// Nothing; the values are read all the same.
    SecondReaderFailed = 142, "SECOND_READER_FAILED", Info, "第二读取程序未能读取，未作比对";
    /// Something on a recognised page looks like text and was not read.
    ///
    /// # What it checks
    /// Every place that the detector takes for text and that no line covers, on pages where text may have been missed. It
    /// is read where that can be done surely; otherwise its box (left, top, right, bottom, in points from the top left of
    /// the page as displayed) is said here.
    ///
    /// # Why
    /// Text that was neither read nor named would be lost without a word.
    ///
    /// # Example
    /// Words of a stamp; handwriting; characters under a crossing-out.
    ///
    /// # What to do
    /// Look at the place: `jixiao dump --stage grid --image OUT.png` draws what was found over the page.
    TextUnread = 143, "TEXT_UNREAD", Warning, "有疑似文字未能识别";
    /// Marks on a recognised page were taken for no text.
    ///
    /// # What it checks
    /// What was read with little probability, where the detector sees no text either. Lone signs and digits, and what was
    /// read surely, always stay.
    ///
    /// # Why
    /// Noise, streaks and remains of stamps give characters that are on no paper. They are left out, and this names them.
    ///
    /// # Example
    /// Streaks of a copier that were read as `COLA`.
    ///
    /// # What to do
    /// Nothing; `--detector never` keeps them.
    MarksDropped = 144, "MARKS_DROPPED", Info, "非文字的痕迹已略去";
    /// Reading the file took too long, and it was stopped.
    ///
    /// # What it checks
    /// The processor time of each page and of the file; and, ten times longer, the time on the clock.
    ///
    /// # Why
    /// One file that never ends would keep a run from ending.
    ///
    /// # Example
    /// Forms that draw each other 10^40 times; a page of a million curves.
    ///
    /// # What to do
    /// Look at the file. If it is an honest one, raise `--page-cpu` or `--file-cpu`.
    Timeout = 150, "TIMEOUT", Error, "读取超时，已中止";
    /// Reading the file took too much memory, and it was stopped.
    ///
    /// # What it checks
    /// The memory of the process that reads the file.
    ///
    /// # Why
    /// A machine without memory loses the other files, too.
    ///
    /// # Example
    /// An image of 60,000 by 60,000 pixels.
    ///
    /// # What to do
    /// Look at the file. If it is an honest one, raise `--max-memory`.
    LimitMemory = 151, "LIMIT_MEMORY", Error, "内存用量超过上限，已中止";
    /// The process that read the file died, and again when it was tried alone.
    ///
    /// # What it checks
    /// That the process of its own, in which a file is read, answers.
    ///
    /// # Why
    /// Damaged files overflow the stack or trip faults of parsers; only this file shall be lost, and not without a word.
    ///
    /// # Example
    /// A function nested 100,000 deep.
    ///
    /// # What to do
    /// Look at the file, and report it: jixiao should have said what is wrong with it.
    WorkerCrashed = 152, "CRASH", Error, "读取进程异常终止";
    /// A row that a page break cut in two was joined.
    ///
    /// # What it checks
    /// The last row of a page and the first of the next in a table that goes on.
    ///
    /// # Why
    /// The joined text is what was printed, but the join is a reading.
    ///
    /// # Example
    /// A three-line cell of which one line stands on the next page.
    ///
    /// # What to do
    /// Nothing.
    RowJoined = 201, "row_joined", Info, "跨页断开的行已合并";
    /// A label was recognised by its parts or in spite of a misread glyph.
    ///
    /// # What it checks
    /// Labels that no list holds as they are printed.
    ///
    /// # Why
    /// The value is as printed; that it belongs under this key is inferred.
    ///
    /// # Example
    /// `预算执行率杈重` read as 预算执行率权重.
    ///
    /// # What to do
    /// If the variant is common, add it to the grammar.
    LabelInferred = 301, "label_inferred", Warning, "标签由部件或近形字推断得出";
    /// A label fits, and its value does not.
    ///
    /// # What it checks
    /// The value after a label against the field's pattern.
    ///
    /// # Why
    /// The value is left null rather than guessed; the printed text is in the message.
    ///
    /// # Example
    /// `预算年度: 二〇二三至今`
    ///
    /// # What to do
    /// Look at the page; correct the value by hand.
    ValueUnread = 302, "value_unread", Error, "标签已识别，但取值无法解读";
    /// Printed text of the form that no rule used.
    ///
    /// # What it checks
    /// Every printed character between the first and the last line of the form, to the end of the table that its last line is in. It is an error
    /// where more than a quarter of them, and more than 40, are unused.
    ///
    /// # Why
    /// Text that is not used might be a value that is missed.
    ///
    /// # Example
    /// A label that the grammar does not know.
    ///
    /// # What to do
    /// Add the label to the grammar, as a field or as an attribute.
    Residue = 303, "residue", Warning, "有文字未被任何规则使用";
    /// The cells of a row were told apart by what they are.
    ///
    /// # What it checks
    /// Whether each cell stands under the header it was given to.
    ///
    /// # Why
    /// Rows shifted by a cell and rows without blank cells can be read by content; it is a reading.
    ///
    /// # Example
    /// A row whose first, blank cell is missing.
    ///
    /// # What to do
    /// Nothing, unless the row looks wrong.
    RowRealigned = 304, "row_realigned", Info, "行内单元格按内容重新对齐";
    /// A row of a table could not be read.
    ///
    /// # What it checks
    /// Whether the cells of a row can be matched with the columns.
    ///
    /// # Why
    /// The row's text is in the residue; no half row is made of it.
    ///
    /// # Example
    /// A row with more cells than the table has columns.
    ///
    /// # What to do
    /// Look at the page.
    RowUnread = 305, "row_unread", Error, "表格行无法解读";
    /// A single-valued label is printed twice with different values.
    ///
    /// # What it checks
    /// Fields that a form has once.
    ///
    /// # Why
    /// The first is kept; the second is named here.
    ///
    /// # Example
    /// Two different 项目名称 in one form.
    ///
    /// # What to do
    /// Look whether two forms were taken for one.
    FieldRepeated = 306, "field_repeated", Warning, "单值字段重复出现且取值不同";
    /// Where this form begins or ends is not certain.
    ///
    /// # What it checks
    /// The cost of the division that was chosen against the next best.
    ///
    /// # Why
    /// A field might belong to the neighbouring form.
    ///
    /// # Example
    /// A form without a title that follows another closely.
    ///
    /// # What to do
    /// Compare with the page.
    BoundaryDoubtful = 307, "boundary_doubtful", Info, "表单的起止位置不确定";
    /// The family could be another.
    ///
    /// # What it checks
    /// The evidence of the chosen family against that of the next.
    ///
    /// # Why
    /// Labels mean other keys in other families.
    ///
    /// # Example
    /// A short form with labels that two families share.
    ///
    /// # What to do
    /// Compare with the page.
    FamilyDoubtful = 308, "family_doubtful", Info, "表单类型不确定";
    /// A title or a table of indicators that no form took in.
    ///
    /// # What it checks
    /// Titles of forms, and headers of indicator tables, outside every form that was read.
    ///
    /// # Why
    /// A form that could not be read must not pass for a document without forms.
    ///
    /// # Example
    /// Text laid out by spaces in which the rows of a form could not be told apart; a list of contents that names a form.
    ///
    /// # What to do
    /// Look at the place named. Give the PDF itself rather than text made of it, where there is one.
    FormUnread = 309, "FORM_UNREAD", Warning, "发现标题或指标表，但未能读成表单";
    /// Which rows the label of a merged cell covers is told by the line it is printed on.
    ///
    /// # What it checks
    /// In plain text, whether the levels of a table's rows stand on lines of other rows.
    ///
    /// # Why
    /// A merged cell has its label in its middle. Text has no rules, so how far the cell reached is a reading.
    ///
    /// # Example
    /// `数量指标` on the second of three lines in what `pdftotext -layout` made of a form.
    ///
    /// # What to do
    /// Read the PDF itself where there is one; else compare the levels with the page.
    LevelPlaced = 310, "level_placed", Warning, "合并单元格的指标级别按其所在行的居中位置推定";
    /// Letters inside a number were read as digits.
    ///
    /// # What it checks
    /// O o l I | among the digits of a numeric value.
    ///
    /// # Why
    /// Recognisers confuse them; the reading is all but certain, and said.
    ///
    /// # Example
    /// `1O` is 10, `5l2.85` is 512.85.
    ///
    /// # What to do
    /// Nothing, unless the page shows otherwise.
    Repaired = 401, "repaired", Warning, "数值中的字母已按数字读取";
    /// An amount whose unit is not known.
    ///
    /// # What it checks
    /// The unit beside the amount, in the label's bracket, in the header, in the form.
    ///
    /// # Why
    /// 2.00 may be 2 yuan or 20,000: no amount is written.
    ///
    /// # Example
    /// `项目总额: 2.00` on a page that names no unit.
    ///
    /// # What to do
    /// Find the unit on the page.
    UnitUnknown = 402, "unit_unknown", Error, "金额单位未知，未输出金额";
    /// A text stands where a number was awaited.
    ///
    /// # What it checks
    /// Amounts, weights and scores.
    ///
    /// # Why
    /// The value stays null; the printed text is in the message.
    ///
    /// # Example
    /// `权重: 2o%o`
    ///
    /// # What to do
    /// Look at the page.
    BadNumber = 403, "bad_number", Error, "应为数值，实际无法解读";
    /// A code does not have the shape that its kind has.
    ///
    /// # What it checks
    /// Project codes: 6-digit region, 2-digit year, letter, 12-digit serial.
    ///
    /// # Why
    /// A digit may have been lost before; it is kept as printed.
    ///
    /// # Example
    /// `51178122T00004944392` has a serial of 11 digits.
    ///
    /// # What to do
    /// Compare with the project library.
    CodeShape = 404, "code_shape", Warning, "项目代码位数或格式异常，按原样保留";
    /// An operator may have been misread into the number.
    ///
    /// # What it checks
    /// Percentages over 100 that begin with 2 and no operator, and operator glyphs of recognisers.
    ///
    /// # Why
    /// ≥92% is often recognised as 292%; the value is kept as printed.
    ///
    /// # Example
    /// `292%`
    ///
    /// # What to do
    /// Look at the page.
    OperatorDoubtful = 405, "operator_doubtful", Warning, "疑似将符号≥误识为数字";
    /// A free text holds characters that recognisers put in place of others.
    ///
    /// # What it checks
    /// Rare glyphs that no dictionary word of these forms has.
    ///
    /// # Why
    /// Free text is never rewritten; the doubt is said.
    ///
    /// # Example
    /// 长郊机制 for 长效机制.
    ///
    /// # What to do
    /// Look at the page.
    TextDoubtful = 406, "text_doubtful", Info, "文本中有疑似误识字";
    /// A text of a closed type was taken as another of its likely readings.
    ///
    /// # What it checks
    /// Operators, units, levels 1 and 2, numbers, amounts and the marks behind codes that were recognised from a picture
    /// and do not fit their type as first read: whether one of the recogniser's other readings of the glyphs does. Beside
    /// `二` of two equal bars stands `=`, which counts for 5 % though no recogniser saw it.
    ///
    /// # Why
    /// The likeliest reading that fits is all but certain, and said. The text as first read is in `provenance`, and the
    /// confidence is that of what was taken. A digit is never taken for another.
    ///
    /// # Example
    /// `88°` where `%` is the next likely reading of `°`.
    ///
    /// # What to do
    /// Nothing, unless the page shows otherwise.
    ReadingSettled = 407, "reading_settled", Warning, "首选识别结果不合字段类型，已取符合类型的候选结果";
    /// A recognised text may be another than it was read as.
    ///
    /// # What it checks
    /// Operators, units, levels, numbers, amounts and codes that were recognised from a picture: whether another reading
    /// that fits is nearly as probable as the one first read, or several that fit are nearly as probable as each other.
    /// Also units of measure that are none of the known ones, codes that no mark parts from the name behind them, and
    /// points before three digits, which may be separators of thousands.
    ///
    /// # Why
    /// Nothing but the picture tells what is printed: the first reading stays.
    ///
    /// # Example
    /// `>` where `≥` is three quarters as probable.
    ///
    /// # What to do
    /// Look at the page.
    ReadingDoubtful = 408, "reading_doubtful", Warning, "识别结果存疑（候选概率相近或不合字段类型），按首选结果保留";
    /// Parts of the funds do not add up to their total.
    ///
    /// # What it checks
    /// For each stage and category: the total against the sum of its sources, exactly.
    ///
    /// # Why
    /// A wrong digit in an amount nearly always breaks the sum.
    ///
    /// # Example
    /// Total 10.00, fiscal 8.00, unit 1.00.
    ///
    /// # What to do
    /// Look at the page; the source itself may be wrong.
    FundsSum = 501, "funds_sum", Warning, "资金合计与分项之和不符";
    /// The weights do not come to their sum.
    ///
    /// # What it checks
    /// Weights of all rows: 100, or 100 less the execution weight.
    ///
    /// # Why
    /// A missing row or a wrong digit breaks the sum.
    ///
    /// # Example
    /// Rows come to 80, execution weight 10.
    ///
    /// # What to do
    /// Look for a missing row.
    WeightSum = 502, "weight_sum", Warning, "权重之和不等于应有值";
    /// The unit's code does not begin with the department's.
    ///
    /// # What it checks
    /// Budget unit codes are made of the department's code and a serial.
    ///
    /// # Why
    /// One of them may be misread.
    ///
    /// # Example
    /// Department 203, unit 204001.
    ///
    /// # What to do
    /// Compare with the page.
    UnitPrefix = 503, "unit_prefix", Warning, "单位代码与主管部门代码前缀不一致";
    /// Years in the form contradict each other.
    ///
    /// # What it checks
    /// The fiscal year against the project's year of setup, which cannot be later.
    ///
    /// # Why
    /// One of them may be misread.
    ///
    /// # Example
    /// Fiscal year 2021, project set up in 2023.
    ///
    /// # What to do
    /// Compare with the page.
    YearConflict = 504, "year_conflict", Warning, "年度前后矛盾";
    /// A level is none of the known ones.
    ///
    /// # What it checks
    /// Level 1 and 2 against the vocabulary of 财预〔2021〕101号 and its variants.
    ///
    /// # Why
    /// It may be misread, or a text of another column.
    ///
    /// # Example
    /// 郊益指标
    ///
    /// # What to do
    /// Look at the page.
    LevelVocabulary = 505, "level_vocabulary", Warning, "指标层级名称不在已知词表内";
    /// A percentage of more than 100 where it is awaited to be a share.
    ///
    /// # What it checks
    /// Targets in per cent with an operator ≥, > or =.
    ///
    /// # Why
    /// An operator may have been read as a digit.
    ///
    /// # Example
    /// `292%`
    ///
    /// # What to do
    /// Look at the page.
    PercentRange = 506, "percent_range", Warning, "百分比超过 100";
    /// Two rows are the same.
    ///
    /// # What it checks
    /// Levels, name and target of all rows.
    ///
    /// # Why
    /// A row may have been read twice at a page break.
    ///
    /// # Example
    /// The same 服务对象满意度 twice.
    ///
    /// # What to do
    /// Look at the page.
    DuplicateRow = 507, "duplicate_row", Warning, "指标行重复";
    /// A code is not made as its kind is.
    ///
    /// # What it checks
    /// The region of a project code against the known provinces (GB/T 2260, first two digits).
    ///
    /// # Why
    /// A digit may be misread.
    ///
    /// # Example
    /// A region that begins with 95.
    ///
    /// # What to do
    /// Compare with the page.
    RegionUnknown = 508, "region_unknown", Warning, "项目代码中的行政区划未知";
    /// The scores do not come to the total score.
    ///
    /// # What it checks
    /// Scores of all rows and of the execution row against the total.
    ///
    /// # Why
    /// A wrong digit in a score breaks the sum.
    ///
    /// # Example
    /// Rows and execution come to 95.4, total 96.0.
    ///
    /// # What to do
    /// Look at the page.
    ScoreSum = 509, "score_sum", Warning, "得分之和与总分不符";
    /// A second reader saw other characters where a value was printed.
    ///
    /// # What it checks
    /// The characters of every value against other readings of its place, width, white space and kinds of dashes aside:
    /// the hidden text that someone's OCR left on a scan, the engine of `--second-ocr`, the words that lie beside a
    /// picture, the parser of `--second-reader`. A second reading that has nothing there has no opinion.
    ///
    /// # Why
    /// Two readers that were made by different people seldom err alike. The value is that of the first reader all the
    /// same, and never made of both; which of them is right only the page tells.
    ///
    /// # Example
    /// 2.00 is read on a scan whose hidden layer has 2.80.
    ///
    /// # What to do
    /// Look at the page.
    SecondDiffers = 510, "second_differs", Warning, "另一来源的读取结果与取值不一致";
    /// A decimal does not fit the decimals of a warehouse.
    ///
    /// # What it checks
    /// That every decimal has at most four digits behind its point, zeros at the end aside, and at most fourteen before it: tables hold
    /// DECIMAL(18, 4), which 64 bits carry exactly everywhere.
    ///
    /// # Why
    /// A rounded amount would be another amount. The table's value is null, the record's is as it was, and this says which and what.
    ///
    /// # Example
    /// 0.33333 元 as an amount.
    ///
    /// # What to do
    /// Take the value from the message, or from the record.
    DecimalUnfit = 601, "decimal_unfit", Warning, "数值超出数据表 DECIMAL(18, 4) 的范围，表中为空";
    /// The title of a project may hold the name of a person.
    ///
    /// # What it checks
    /// Where records are redacted (`--redact`): titles of projects and tasks for a surname and one or two characters beside words such as
    /// 同志, 遗属 or 等5人.
    ///
    /// # Why
    /// No label says that a title names someone, and no list of names is whole. `--redact contact` leaves such a name in and says so;
    /// `--redact names` takes it out, there and wherever it stands in the document, and says so, too.
    ///
    /// # Example
    /// 退休职工王建国等5人生活补助
    ///
    /// # What to do
    /// Read the title before the record is handed on.
    PersonalName = 602, "personal_name", Info, "项目名称中可能含有个人姓名";
    /// A person has corrected this value.
    ///
    /// # What it checks
    /// Where corrections are replayed (`--corrections`, `apply`): every value, row and form that one of them has changed.
    ///
    /// # Why
    /// A value that does not stand on the page as it was read must say so, and who says it. What was doubted of the old value is no longer
    /// said; checks are made anew.
    ///
    /// # Example
    /// `corrected by 王芳 at 2026-11-29T08:00:00Z: "292%" became "≥92%"`
    ///
    /// # What to do
    /// Nothing.
    Corrected = 701, "corrected", Info, "该值已由人工更正";
    /// A correction could not be replayed on this form.
    ///
    /// # What it checks
    /// That what a correction says stood there before stands there, that its row is the one that was corrected, and that the record takes
    /// the new value.
    ///
    /// # Why
    /// Another version may read a page otherwise. A correction of something else would put a value where no one has looked.
    ///
    /// # Example
    /// A correction of `"95"` to `"96"`, and `"98"` is read now.
    ///
    /// # What to do
    /// Look at the page, and correct the value as it is now.
    CorrectionConflict = 702, "correction_conflict", Warning, "人工更正未能应用：原值已不同";
    /// A correction speaks of a form that the document does not have.
    ///
    /// # What it checks
    /// That the forms that corrections name by their ordinals are there, or that those that are added are not there yet.
    ///
    /// # Why
    /// Another version may find other forms in a document, and the correction would be lost without a word.
    ///
    /// # Example
    /// A correction of the third form of a document in which two are found now.
    ///
    /// # What to do
    /// Look at the document, and correct its forms as they are now.
    CorrectionLost = 703, "CORRECTION_LOST", Warning, "人工更正所指的表单不存在";
    /// jixiao itself failed on this file.
    ///
    /// # What it checks
    /// Faults that a correct program does not have.
    ///
    /// # Why
    /// The run goes on; the file is named.
    ///
    /// # Example
    /// A panic.
    ///
    /// # What to do
    /// Report it with the file.
    Internal = 901, "INTERNAL", Error, "程序内部错误";
}
