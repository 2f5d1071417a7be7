using FsCheck;
using FsCheck.Xunit;
using Portal.Core.Specifications;

namespace Portal.Tests.Requests;

public sealed class WordListTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("  serve   --port 8080 ", "serve|--port|8080")]
    [InlineData("""sh -c "a b" 'c "d"' e""f""", """sh|-c|a b|c "d"|ef""")]
    [InlineData("''", "")]
    public void Split_Line_IsItsWords(string line, string words) => string.Join('|', WordList.Split(line)!).ShouldBe(words);

    [Theory]
    [InlineData("say \"hello")]
    [InlineData("it's")]
    public void Split_OpenQuote_IsNone(string line) => WordList.Split(line).ShouldBeNull();

    [Property]
    public bool Split_OfWhatWasJoined_IsTheSame(NonNull<string>[] words) =>
        WordList.Split(WordList.Join(words.Select(word => word.Get)))!.SequenceEqual(words.Select(word => word.Get));
}
