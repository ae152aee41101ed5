using System.Text;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Stork.Browser.Tests;

/// <summary>
/// A page as it is at the moment, wide and narrow, light and dark: pictures of it for a person to look at, and what axe says about it,
/// which has to be nothing.
/// </summary>
internal static class Look
{
    private static readonly (string Name, int Width, int Height)[] Sizes = [("wide", 1280, 800), ("narrow", 390, 844)];

    /// <param name="page">The page.</param>
    /// <param name="name">What the pictures are called.</param>
    /// <param name="isWhole">Whether they show what lies below the window, too.</param>
    /// <param name="prepare">What to do once the page has a size, and then what undoes it.</param>
    public static async Task AtAsync(IPage page, string name, bool isWhole = false, Func<string, bool, Task>? prepare = null)
    {
        var faults = new List<string>();
        foreach (var (size, width, height) in Sizes)
        {
            await page.SetViewportSizeAsync(width, height);
            if (prepare is not null) await prepare(size, true);
            foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
            {
                await page.EmulateMediaAsync(new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
                var look = $"{name}-{size}-{scheme.ToString().ToLowerInvariant()}";
                var path = Path.Combine(AppContext.BaseDirectory, "screenshots", $"{look}.png");
                await page.ScreenshotAsync(new() { Path = path, FullPage = isWhole });
                var result = await page.RunAxe();
                faults.AddRange(result.Violations.Select(fault => Describe(look, fault)));
            }

            if (!await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"))
                faults.Add($"{name}-{size}: something sticks out of the page");
            if (prepare is not null) await prepare(size, false);
        }

        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        await page.SetViewportSizeAsync(Sizes[0].Width, Sizes[0].Height);
        faults.ShouldBeEmpty(string.Join('\n', faults));
    }

    private static string Describe(string look, AxeResultItem fault)
    {
        var text = new StringBuilder($"{look}: {fault.Help} ({fault.Id})");
        foreach (var node in fault.Nodes)
        {
            text.Append($"\n    {node.Html}");
            foreach (var check in node.Any.Concat(node.All).Concat(node.None)) text.Append($"\n        {check.Message}");
        }

        return text.ToString();
    }
}
