using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace PkiCore.Responder.Commands;

/// <summary>Options that are whole numbers in a range.</summary>
internal static class NumberOption
{
    public static Option<int> Create(string name, string description, int min, int max, int? defaultValue = null)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "N" };
        if (defaultValue is { } value)
        {
            option.DefaultValueFactory = _ => value;
        }

        option.Validators.Add(result => Check(result, min, max));
        return option;
    }

    /// <summary>What is no number at all is reported by the parser.</summary>
    private static void Check(OptionResult result, int min, int max)
    {
        if (result.Tokens is [{ Value: var text }] && int.TryParse(text, CultureInfo.InvariantCulture, out int value) && (value < min || value > max))
        {
            result.AddError(FormattableString.Invariant($"{result.Option.Name} is {value}: it has to be {min}{(max == int.MaxValue ? " or more" : $" to {max}")}."));
        }
    }
}
