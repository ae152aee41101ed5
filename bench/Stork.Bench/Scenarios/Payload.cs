namespace Stork.Bench.Scenarios;

/// <summary>The text that travels: letters and digits only, so that every JSON writer leaves it as it is.</summary>
internal static class Payload
{
    public const int Length = 64;

    public static string Text(int length = Length) =>
        string.Create(length, 0, static (text, _) =>
        {
            for (var i = 0; i < text.Length; i++)
                text[i] = (char)('a' + (i % 26));
        });
}
