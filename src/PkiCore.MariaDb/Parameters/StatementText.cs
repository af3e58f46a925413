using System.Text;

namespace PkiCore.MariaDb.Parameters;

/// <summary>A statement as the server takes it, with a question mark for each parameter, and the parameters' names in that order.</summary>
internal sealed class StatementText
{
    private readonly string _source;
    private readonly StringBuilder _text;
    private readonly List<string?> _names = [];
    private int _position;

    private StatementText(string source)
    {
        _source = source;
        _text = new StringBuilder(source.Length);
    }

    internal byte[] Utf8 { get; private set; } = [];

    /// <summary>Null for a bare question mark.</summary>
    internal IReadOnlyList<string?> Names => _names;

    internal static StatementText Parse(string source)
    {
        var text = new StatementText(source);
        while (text._position < source.Length)
        {
            text.Step();
        }

        text.Utf8 = Encoding.UTF8.GetBytes(text._text.ToString());
        return text;
    }

    private char Peek(int ahead) => _position + ahead < _source.Length ? _source[_position + ahead] : '\0';

    private void Copy(int count)
    {
        count = Math.Min(count, _source.Length - _position);
        _text.Append(_source, _position, count);
        _position += count;
    }

    private void Step()
    {
        char c = _source[_position];
        if (c is '\'' or '"' or '`')
        {
            CopyQuoted(c);
        }
        else if (c == '#' || (c == '-' && Peek(1) == '-' && (char.IsWhiteSpace(Peek(2)) || Peek(2) == '\0')))
        {
            CopyUntil("\n", 1);
        }
        else if (c == '/' && Peek(1) == '*')
        {
            CopyUntil("*/", 2);
        }
        else if (c == '?')
        {
            _names.Add(null);
            Copy(1);
        }
        else if (c == '@')
        {
            Name();
        }
        else
        {
            Copy(1);
        }
    }

    private void CopyQuoted(char quote)
    {
        Copy(1);
        while (_position < _source.Length)
        {
            char c = _source[_position];
            // A doubled quote ends one piece and begins the next, which comes to the same.
            Copy(c == '\\' && quote != '`' ? 2 : 1);
            if (c == quote)
            {
                return;
            }
        }
    }

    private void CopyUntil(string end, int opening)
    {
        int found = _source.IndexOf(end, _position + opening, StringComparison.Ordinal);
        Copy(found < 0 ? _source.Length : found + end.Length - _position);
    }

    private void Name()
    {
        int length = 1;
        while (char.IsLetterOrDigit(Peek(length)) || Peek(length) == '_')
        {
            length++;
        }

        // @@name is a variable of the server, and user@host an account.
        bool account = _position > 0 && (char.IsLetterOrDigit(_source[_position - 1]) || _source[_position - 1] is '_' or '\'' or '`' or '"');
        if (Peek(1) == '@' || length == 1 || account)
        {
            Copy(Peek(1) == '@' ? 2 : 1);
            return;
        }

        _names.Add(_source.Substring(_position + 1, length - 1));
        _text.Append('?');
        _position += length;
    }
}
